import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../src/config/load.ts';
import { PROBERS } from '../src/probers/index.ts';
import { realPart } from './support/real-part.ts';

const run = promisify(execFile);
const PROMETHEUS = 'examples/prometheus/prometheus.yml';
const ALERTMANAGER = 'examples/alertmanager/alertmanager.yml';
const TEMPLATES = 'examples/alertmanager/templates/*.tmpl';

interface Inhibition {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  readonly equal: readonly string[];
}

describe('an example configuration', () => {
  const proberFiles = PROBERS.map(({ name }) => `examples/probers/${name}.yml`);

  test.each(proberFiles)('%s loads and is about its prober', async (file) => {
    const { checks } = await loadConfig(file);

    expect(checks.length).toBeGreaterThan(0);
    expect(new Set(checks.map(({ module }) => module.prober.name))).toEqual(
      new Set([basename(file, '.yml')]),
    );
  });

  const wanted = ['http', 'tcp', 'systemd', 'disk', 'memory', 'cpu'];
  const known = new Set(PROBERS.map(({ name }) => name));

  test.skipIf(!wanted.every((name) => known.has(name)))(
    'examples/healthcheck.yml replaces a cron script',
    async () => {
      const { checks } = await loadConfig('examples/healthcheck.yml');
      const counts = wanted.map(
        (name) => checks.filter(({ module }) => module.prober.name === name).length,
      );

      expect(counts).toEqual([3, 5, 3, 1, 1, 1]);
    },
  );
});

describe.skipIf(!realPart('promtool', ['promtool']))('promtool', () => {
  test('accepts the example for Prometheus and finds the rules from there', async () => {
    const { stdout } = await run('promtool', ['check', 'config', PROMETHEUS]);

    expect(stdout).toContain('1 rule files found');
    expect(stdout).not.toContain('FAILED');
  });
});

describe.skipIf(!realPart('amtool', ['amtool']))('amtool', () => {
  test('accepts the example for Alertmanager and finds its templates', async () => {
    const { stdout } = await run('amtool', ['check-config', ALERTMANAGER]);

    expect(stdout).toContain('1 templates');
    expect(stdout).not.toContain('FAILED');
  });

  test.each([
    ['operators-urgent', ['alertname=ProbeFailed', 'severity=critical']],
    ['operators', ['alertname=ProbeNearTimeout', 'severity=warning']],
    ['operators', ['alertname=ProbeFailed', 'severity=page']],
    ['team-web-urgent', ['alertname=ProbeFailed', 'severity=critical', 'team=web']],
    ['team-web', ['alertname=ProbeFailed', 'severity=warning', 'team=web']],
    ['team-web', ['alertname=ProbeFailed', 'severity=page', 'team=web']],
    ['nobody', ['alertname=ProbeFailed', 'severity=info', 'team=web']],
    ['nobody', ['alertname=ProbeFailed', 'severity=none']],
    ['watchdog', ['alertname=Watchdog', 'severity=none']],
  ])('routes to %s what has %j', async (receiver, labels) => {
    const { stdout } = await run('amtool', [
      'config',
      'routes',
      'test',
      `--config.file=${ALERTMANAGER}`,
      ...labels,
    ]);

    expect(stdout.trim()).toBe(receiver);
  });

  describe('renders a mail that', () => {
    let directory: string;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'alert-mail-'));
    });
    afterAll(() => rm(directory, { recursive: true, force: true }));

    async function render(template: string, status: string, alerts: readonly unknown[]) {
      const data = join(directory, 'data.json');
      const commonLabels = { instance: 'web1:10195', severity: 'critical' };
      await writeFile(data, JSON.stringify({ status, alerts, commonLabels }));
      const { stdout } = await run('amtool', [
        'template',
        'render',
        `--template.glob=${TEMPLATES}`,
        `--template.data=${data}`,
        `--template.text={{ template "${template}" . }}`,
      ]);
      return stdout;
    }

    const website = {
      status: 'firing',
      labels: { alertname: 'ProbeFailed', check: 'Main Website' },
      annotations: { summary: 'A health check fails.', description: 'Reason: refused.' },
      startsAt: '2026-01-02T03:04:05Z',
    };
    const exporter = {
      status: 'firing',
      labels: { alertname: 'ProbeExporterDown' },
      annotations: { summary: 'It is down.', description: 'No metrics.' },
      startsAt: '2026-01-02T03:05:00Z',
    };
    const over = { ...website, status: 'resolved', endsAt: '2026-01-02T04:00:00Z' };

    test('counts, names each check with its reason, and says since when', async () => {
      const text = await render('healthcheck.text', 'firing', [website, exporter]);

      expect(text).toBe(`2 failing:

- Main Website: A health check fails.
  Reason: refused.
  Since 2026-01-02 03:04:05 UTC.

- ProbeExporterDown: It is down.
  No metrics.
  Since 2026-01-02 03:05:00 UTC.

`);
    });

    test('says from when to when where it is over', async () => {
      const text = await render('healthcheck.text', 'resolved', [over]);

      expect(text).toContain('1 resolved:');
      expect(text).toContain('From 2026-01-02 03:04:05 UTC to 2026-01-02 04:00:00 UTC.');
    });

    test('has the count, the severity and the host in its subject', async () => {
      const firing = await render('healthcheck.subject', 'firing', [website, exporter]);
      const resolved = await render('healthcheck.subject', 'resolved', [over]);

      expect(firing).toBe('[2 failing, critical] web1:10195');
      expect(resolved).toBe('[resolved, critical] web1:10195');
    });
  });
});

test('every inhibition is about alerts that exist and labels they have', async () => {
  const { inhibit_rules } = load(await readFile(ALERTMANAGER, 'utf8')) as {
    inhibit_rules: readonly Inhibition[];
  };
  const rules = await readFile('alert-rules/healthcheck-alerts.yml', 'utf8');
  const alerts = [...rules.matchAll(/- alert: (?<name>\w+)/g)].map(
    ({ groups }) => groups?.name ?? '',
  );

  for (const { source_matchers, target_matchers, equal } of inhibit_rules) {
    const named = [...source_matchers, ...target_matchers].flatMap(namesOf);
    expect(named.filter((name) => !alerts.some((alert) => name.test(alert))).map(String)).toEqual(
      [],
    );
    expect(['job,instance', 'job,instance,check']).toContain(equal.join());
  }
});

/** Each alternative of a matcher on the name by itself, so that a name that is wrong does not hide among others. */
function namesOf(matcher: string): readonly RegExp[] {
  const value = /^alertname\s*[=!]~?\s*"?(?<value>[^"]*)"?$/.exec(matcher)?.groups?.value ?? '?';
  const parts = /^(?<head>[^(]*?)\((?<inner>[^)]*)\)$/.exec(value)?.groups;
  if (parts && !parts.head?.includes('|')) {
    return (parts.inner ?? '').split('|').map((part) => new RegExp(`^${parts.head}${part}$`));
  }
  return value.split(/\|(?![^(]*\))/).map((part) => new RegExp(`^(?:${part})$`));
}

describe('the Dockerfile', async () => {
  const text = (await readFile('Dockerfile', 'utf8')).replaceAll(/\\\n/g, ' ');
  const instructions = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => /^(?<name>[A-Z]+)\s+(?<rest>.*)$/.exec(line.trim())?.groups ?? {});
  const all = (name: string) =>
    instructions.filter((one) => one.name === name).map(({ rest = '' }) => rest);
  const stages = all('FROM').flatMap(
    (rest) => / AS (?<stage>\w+)$/.exec(rest)?.groups?.stage ?? [],
  );
  const ignored = await readFile('.dockerignore', 'utf8');

  test('copies only what is there and what .dockerignore lets through', () => {
    const sources = all('COPY')
      .filter((rest) => !rest.startsWith('--from='))
      .flatMap((rest) => rest.split(/\s+/).slice(0, -1));

    expect(sources.length).toBeGreaterThan(0);
    for (const source of sources) {
      expect(existsSync(source), source).toBe(true);
      expect(ignored.split('\n')).toContain(`!${source}`);
    }
  });

  test('copies from stages that it has', () => {
    const from = all('COPY').flatMap(
      (rest) => /^--from=(?<stage>\S+)/.exec(rest)?.groups?.stage ?? [],
    );

    expect(from.length).toBeGreaterThan(0);
    expect(from.filter((stage) => !stages.includes(stage))).toEqual([]);
  });

  test('declares each image it builds from', () => {
    const names = all('ARG').map((rest) => rest.split('=')[0]);
    const used = all('FROM').map((rest) => /^\$\{(?<name>\w+)\}/.exec(rest)?.groups?.name);

    expect(used.filter((name) => !names.includes(name))).toEqual([]);
  });

  test('runs what the build makes, without root, a shell or a file of its own', async () => {
    const { bin } = JSON.parse(await readFile('package.json', 'utf8')) as {
      bin: Record<string, string>;
    };

    expect(JSON.parse(all('ENTRYPOINT').at(-1) ?? '')).toEqual([
      '/nodejs/bin/node',
      `/app/${bin['healthcheck-exporter']}`,
    ]);
    expect(all('USER').at(-1)).toBe('65532:65532');
    expect(all('EXPOSE')).toEqual(['10195']);
    expect(all('CMD')).toEqual([]);
    expect(all('HEALTHCHECK')[0]).toMatch(/ CMD \["/);
    expect(all('ENV').join()).toContain('UV_THREADPOOL_SIZE=32');
  });
});

test('docs/dependencies.md has a row for each runtime dependency and no other', async () => {
  const { dependencies } = JSON.parse(await readFile('package.json', 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const text = await readFile('docs/dependencies.md', 'utf8');
  const rows = [...text.matchAll(/^\| `(?<name>[^`]+)`/gm)].map(({ groups }) => groups?.name);

  expect(rows).toEqual(Object.keys(dependencies).sort());
});

test('docs/alerting.md has a row for each alert and no other', async () => {
  const rules = await readFile('alert-rules/healthcheck-alerts.yml', 'utf8');
  const text = await readFile('docs/alerting.md', 'utf8');
  const names = (pattern: RegExp, from: string) =>
    [...from.matchAll(pattern)].map(({ groups }) => groups?.name);

  expect(names(/^\| `(?<name>\w+)` \|/gm, text)).toEqual(names(/- alert: (?<name>\w+)/g, rules));
});
