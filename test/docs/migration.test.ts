import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../house/source-files.ts';
import { blocksOf, codeSpansOf, type Page, readPage } from '../support/markdown.ts';

const page = readPage(ROOT, 'docs/moving-from-a-cron-script.md');

/** One entry of `endpoints` or `ports`. */
interface Entry {
  readonly name: string;
  readonly url?: string;
  readonly host?: string;
  readonly port?: number;
}

describe('docs/moving-from-a-cron-script.md', () => {
  const [script] = blocksOf(page).filter(({ language }) => language === 'json');
  const configuration = JSON.parse(script?.text ?? '{}');

  test('has a row for each key of the script', () => {
    const rows = page.text.slice(page.text.indexOf('## Key by key')).split('\n');
    const named = rows.filter((row) => row.startsWith('| ')).flatMap(keysOfFirstColumn);
    const keys = keysOf(configuration);
    expect(keys.length).toBeGreaterThan(35);
    expect(keys.filter((key) => !named.includes(key))).toEqual([]);
  });

  test('checks what the script checks, each under the same name', () => {
    const { endpoints, ports, services, thresholds, disk_paths: paths } = configuration;
    const [checks = []] = blocksOf(page).flatMap(({ text, language }) => {
      const value = language === 'yaml' ? (load(text) as { checks?: Check[] }) : {};
      return value.checks ? [value.checks] : [];
    });
    const listed = [...endpoints, ...ports].map(({ name, url, host, port }: Entry) => [
      name,
      url ?? `${host}:${port}`,
    ]);
    const found = checks.map(({ name, target }) => [name, target]);
    expect(found.slice(0, listed.length)).toEqual(listed);
    const targets = (prober: string) =>
      checks.filter((check) => check.prober === prober).map(({ target }) => target);
    expect(targets('systemd')).toEqual(services.map((service: string) => `${service}.service`));
    expect(targets('disk')).toEqual(paths);
    for (const resource of ['disk', 'memory', 'cpu'] as const) {
      const [check] = checks.filter(({ prober }) => prober === resource);
      expect(check?.[resource]?.max_used_percent).toBe(thresholds[resource]);
    }
  });
});

test('alerts that a page names are there', () => {
  const rules = ['healthcheck-alerts.yml', 'healthcheck-slo.yml']
    .map((file) => readFileSync(join(ROOT, 'alert-rules', file), 'utf8'))
    .join('\n');
  const named = ['README.md', page.path, 'docs/alerting.md', 'docs/operating.md']
    .map((path) => readPage(ROOT, path))
    .flatMap(alertsOf);
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((alert) => !rules.includes(`alert: ${alert}\n`))).toEqual([]);
});

interface Check {
  readonly name: string;
  readonly target?: string;
  readonly prober: string;
  readonly disk?: { readonly max_used_percent: number };
  readonly memory?: { readonly max_used_percent: number };
  readonly cpu?: { readonly max_used_percent: number };
}

function alertsOf(text: Page): string[] {
  return codeSpansOf(text).filter((code) => /^Probe[A-Z]\w+$/.test(code));
}

function keysOfFirstColumn(row: string): string[] {
  const [, first = ''] = row.split(' | ')[0]?.split('| ') ?? [];
  return [...first.matchAll(/`(?<key>\w+)`/g)].map(({ groups }) => groups?.key ?? '');
}

/** Every key, however deep; those of headers are the script's users' own. */
function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap(keysOf))];
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.entries(value).flatMap(([key, of]) =>
    key === 'headers' ? [key] : [key, ...keysOf(of)],
  );
  return [...new Set(inner)];
}
