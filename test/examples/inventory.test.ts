import { readdirSync } from 'node:fs';
import { basename, dirname, join, matchesGlob } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT, readSourceFiles } from '../house/source-files.ts';

/** Which files there are for which program, and the test that loads them with it. */
const LOADED_BY: Readonly<Record<string, string>> = {
  'examples/healthcheck.yml': 'test/examples/checks.test.ts',
  'examples/probe-policy.yml': 'test/examples/checks.test.ts',
  'examples/probers/*.yml': 'test/examples/checks.test.ts',
  'examples/prometheus/*.yml': 'test/examples/prometheus.test.ts',
  'examples/alertmanager/alertmanager.yml': 'test/alerting/alertmanager.test.ts',
  'examples/alertmanager/templates/*.tmpl': 'test/alerting/mail.test.ts',
  'examples/grafana/dashboards/*.json': 'test/dashboards/generated.test.ts',
  'examples/grafana/provisioning/*/healthcheck.yml': 'test/dashboards/provisioning.test.ts',
  'examples/compose/compose.yaml': 'test/examples/compose.test.ts',
  'examples/compose/checks.yml': 'test/examples/compose.test.ts',
  'examples/compose/prometheus.yml': 'test/examples/prometheus.test.ts',
  'examples/kubernetes/*.yaml': 'test/examples/kubernetes.test.ts',
  'examples/web-config/*.yml': 'test/examples/web-config.test.ts',
  'examples/systemd/*.{service,socket,timer}': 'test/examples/systemd.test.ts',
};

const files = readdirSync(join(ROOT, 'examples'), { recursive: true, withFileTypes: true })
  .filter((entry) => !entry.isDirectory())
  .map(({ parentPath, name }) => join(parentPath, name).slice(ROOT.length));
const tests = readSourceFiles('test');

describe('what is in examples/', () => {
  test.each(files)('%s is loaded by one test', (file) => {
    const patterns = Object.keys(LOADED_BY).filter((pattern) => matchesGlob(file, pattern));
    expect(patterns).toHaveLength(1);
  });
});

describe.each(Object.entries(LOADED_BY))('%s', (pattern, path) => {
  test('is there', () => {
    expect(files.filter((file) => matchesGlob(file, pattern))).not.toEqual([]);
  });

  test(`stands in ${path}`, () => {
    const text = textOf(path);
    // A test of many files names their folder, whatever it then puts behind that.
    const [folder = ''] = pattern.split(/\/[^/]*\*/);
    const named = pattern.includes('*') ? [folder] : [dirname(pattern), basename(pattern)];
    expect(named.filter((name) => !text.includes(name))).toEqual([]);
  });
});

/** A test, and the helpers that it imports. */
function textOf(path: string): string {
  const found = tests.find((file) => file.path === path);
  const helpers = tests.filter(
    (file) => found?.imports.includes(file.path) && file.path.startsWith('test/support/'),
  );
  return [found, ...helpers].map((file) => file?.text ?? '').join('\n');
}
