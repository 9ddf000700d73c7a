import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { forThisTest } from '../support/for-this-test.ts';
import { realPart } from '../support/real-part.ts';
import { type AlertRule, isAlert, readRules, rulePaths } from '../support/rule-files.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const run = promisify(execFile);
const JOBS = 'job=~"healthcheck.*"';
const SUBJECT =
  '{{ with $labels.check }}{{ . }}{{ with $labels.target }} ({{ . }}){{ end }} seen from {{ end }}{{ $labels.instance }} ';
const CHOSEN = ['critical', 'warning'].map((word) => `{{ or $labels.severity "${word}" }}`);
const CAPPED =
  '{{ if eq $labels.severity "critical" }}warning{{ else }}{{ or $labels.severity "warning" }}{{ end }}';

const paths = await rulePaths();
const rules = await readRules();
const alerts = rules.filter(isAlert);
const isAboutHost = (alert: string) => /^Probe(?:Disk|Memory|Swap|Cpu|Load|Systemd)/.test(alert);
// Their labels are those of an exporter, so that no check has a say in their severity.
const isAboutExporter = (alert: string) =>
  /^ProbeExporter|^ProbeManyFailing$|^Watchdog$/.test(alert);

describe('the rules', () => {
  test('are all read from the files', () => {
    expect(paths).toHaveLength(2);
    expect(rules.length).toBeGreaterThan(40);
    for (const { text, alert, record } of rules) expect(text).toContain(`: ${alert ?? record}\n`);
  });

  test.each(alerts)('$name has a severity that the check may choose', ({ alert, labels }) => {
    const { severity, window, ...more } = labels ?? {};

    expect(
      isAboutExporter(alert) ? ['critical', 'warning', 'none'] : [...CHOSEN, CAPPED],
    ).toContain(severity);
    expect(window !== undefined).toBe(alert.startsWith('ProbeErrorBudgetBurn'));
    expect(more).toEqual({});
  });

  test.each(alerts)('$name explains itself', ({ alert, annotations = {} }) => {
    expect(annotations.summary).toMatch(/^[A-Z][^{}]*\.$/);
    expect(annotations.description).toMatch(/\.$/);
    if (!isAboutHost(alert) && !isAboutExporter(alert)) {
      expect(annotations.description?.slice(0, SUBJECT.length)).toBe(SUBJECT);
    }
  });

  test.each(rules)('$name names the jobs in every selector', ({ expr }) => {
    const selectors = [...expr.matchAll(/\{(?<matchers>[^}]*)\}/g)];

    expect(selectors.filter(({ groups }) => !groups?.matchers?.startsWith(JOBS))).toEqual([]);
  });

  test.each(rules.filter(({ record }) => record))(
    '$name is a level, a metric and what was done to it',
    ({ record }) => {
      expect(record).toMatch(/^[a-z]+:[a-z_]+:[a-z0-9_]+$/);
    },
  );
});

test('docs/alerting.md has a row for each alert and no other', async () => {
  const text = await readFile('docs/alerting.md', 'utf8');
  const rows = [...text.matchAll(/^\| `(?<alert>\w+)`(?: `(?<window>\w+)`)? \|/gm)].map(
    ({ groups }) => [groups?.alert, groups?.window].filter(Boolean).join(' '),
  );

  expect(rows).toEqual(alerts.map(({ name }) => name));
});

test.each(alerts)('docs/alerting.md says when $name fires and how severe it is', async (rule) => {
  const text = await readFile('docs/alerting.md', 'utf8');
  const row = text.split('\n').find((line) => line.startsWith(`| ${inDocs(rule)} |`));
  const [severity, after] =
    row
      ?.split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
      .reverse() ?? [];

  expect({ after, severity }).toEqual({ after: rule.for ?? '', severity: severityInDocs(rule) });
});

function inDocs({ alert, labels }: AlertRule): string {
  return labels?.window ? `\`${alert}\` \`${labels.window}\`` : `\`${alert}\``;
}

function severityInDocs({ labels = {} }: AlertRule): string | undefined {
  const { severity = '' } = labels;
  if (severity === CAPPED) return 'warning ²';
  return severity.includes('{{') ? `${/"(?<word>\w+)"/.exec(severity)?.groups?.word} ¹` : severity;
}

describe.skipIf(!realPart('promtool', ['promtool']))('promtool', () => {
  const check = (file: string) =>
    run('promtool', ['check', 'rules', '--lint=all', '--lint-fatal', file]);

  test.each(paths)('finds nothing to say about %s', async (path) => {
    const { stdout, stderr } = await check(path);

    expect(stdout).toMatch(/\d+ rules found/);
    expect(stderr).toBe('');
  });

  test.each(paths)('accepts %s with other jobs, as its first lines say', async (path) => {
    const directory = await forThisTest(temporaryDirectory());
    const text = await readFile(path, 'utf8');
    const [, command = ''] = /^#\s+(?<command>sed -i .*)$/m.exec(text) ?? [];
    const file = command.split(' ').at(-1) ?? '';
    await directory.write(file, text);

    await run('sh', ['-c', command], { cwd: directory.path });
    const changed = await readFile(join(directory.path, file), 'utf8');
    await check(join(directory.path, file));

    const selectors = changed.split('groups:\n')[1] ?? '';
    expect(selectors).toContain('job=~"mine|mine-too"');
    expect(selectors).not.toContain('healthcheck.*');
  });
});
