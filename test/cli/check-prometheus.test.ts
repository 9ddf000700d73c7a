import { chmod, lstat, mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCliInProcess } from '../support/cli-in-process.ts';
import { eventually } from '../support/eventually.ts';
import { configFile } from '../support/exporter-process.ts';
import { parseExposition } from '../support/exposition.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { hasNodeExporter, startNodeExporter } from '../support/node-exporter.ts';
import { hasPrometheus, startPrometheus } from '../support/prometheus-server.ts';
import { checkMetrics } from '../support/promtool-metrics.ts';
import { realPart } from '../support/real-part.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { isThorough } from '../support/thorough.ts';

const CONFIG = `checks:
  - {name: Memory, prober: memory, labels: {team: web}}
  - {name: 'Port "\\\\"', target: "me:correct-horse@127.0.0.1:1", module: http_2xx}
`;

describe('check --prometheus', () => {
  test('- writes the metrics of one run and nothing else to standard output', async () => {
    const { code, stdout, stderr } = await check('-');
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const now = Date.now() / 1000;
    const { value } = parseExposition(stdout);
    const memory = { check: 'Memory', prober: 'memory', team: 'web' };
    const port = { check: 'Port "\\\\"', prober: 'http', target: '<secret>@127.0.0.1:1' };
    expect(value('probe_success', memory)).toBe(1);
    expect(value('probe_memory_total_bytes', memory)).toBeGreaterThan(1e6);
    expect(value('probe_success', port)).toBe(0);
    expect(value('probe_failure_info', { ...port, reason: 'refused' })).toBe(1);
    for (const labels of [memory, port]) {
      const startedAt = value('probe_last_run_timestamp_seconds', labels) ?? Number.NaN;
      expect(now - startedAt).toBeGreaterThanOrEqual(0);
      expect(now - startedAt).toBeLessThan(600);
    }
    expect(stdout).not.toMatch(/probe_result_age_seconds|_runs_total|correct-horse|✗/);
    const withTime = stdout.split('\n').filter((line) => /\} \S+ \S/.test(line));
    expect(withTime).toEqual([]);
  });

  test.skipIf(!realPart('promtool', ['promtool']))('passes promtool check metrics', async () => {
    const { stdout } = await check('-');
    expect(await checkMetrics(stdout)).toBe('');
  });

  test('FILE is replaced at once, may be read by everybody, and the table is printed besides', async () => {
    const directory = await forThisTest(temporaryDirectory());
    const file = await directory.write('checks.prom', 'old '.repeat(5000));
    await chmod(file, 0o600);
    const { ino } = await stat(file);
    const { code, stdout } = await check(file);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✓ Memory/);
    expect(await readFile(file, 'utf8')).toMatch(/^# HELP probe_/);
    const found = await stat(file);
    expect(found.mode & 0o777).toBe(0o644);
    expect(found.ino, 'another file, so nobody has seen half of it').not.toBe(ino);
    expect(await readdir(directory.path)).toEqual(['checks.prom']);
  });

  test('FILE may be a symbolic link, which stays one', async () => {
    const directory = await forThisTest(temporaryDirectory());
    const file = await directory.write('real.prom', 'old');
    const link = join(directory.path, 'link.prom');
    await symlink(file, link);
    expect((await check(link)).code).toBe(1);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(await readFile(file, 'utf8')).toMatch(/^# HELP probe_/);
  });

  test.each([
    ['directory', 'is a directory, a file is expected'],
    ['missing/checks.prom', 'no such directory'],
    ['file/checks.prom', 'a part of its path is no directory'],
  ])('FILE that cannot be written (%s) is named, and nothing is left', async (name, why) => {
    const directory = await forThisTest(temporaryDirectory());
    await mkdir(join(directory.path, 'directory'));
    await directory.write('file', '');
    const target = join(directory.path, name);
    const { code, stdout, stderr } = await check(target);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `--prometheus: ${target} cannot be written: ${why}\n`,
    });
    expect(stdout).toMatch(/^✓ Memory/);
    expect((await readdir(directory.path)).sort()).toEqual(['directory', 'file']);
  });

  test('and --json that cannot be written are both named', async () => {
    const { code, stderr } = await check('/nowhere/a.prom', '--json=/nowhere/a.json');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        '--json: /nowhere/a.json cannot be written: no such directory\n' +
        '--prometheus: /nowhere/a.prom cannot be written: no such directory\n',
    });
  });

  test.skipIf(!isThorough || !hasNodeExporter || !hasPrometheus)(
    'FILE is read by a real node_exporter, and through it by a real Prometheus and its rules',
    async () => {
      const directory = await forThisTest(temporaryDirectory());
      await check(join(directory.path, 'checks.prom'));
      const exporter = await forThisTest(startNodeExporter(directory.path));
      expect(await exporter.metrics()).toMatch(/^node_textfile_scrape_error 0$/m);
      const ruleFiles = ['alert-rules/healthcheck-alerts.yml'];
      const prometheus = await forThisTest(startPrometheus(exporter.port, { ruleFiles }));
      await eventually(async () => {
        const found = await prometheus.queryBy('check', 'probe_success');
        expect(found).toEqual({ Memory: 1, 'Port "\\\\"': 0 });
      });
      expect(await prometheus.query('probe_failure_info{reason="refused"}')).toHaveLength(1);
      const recent = await prometheus.query('time() - probe_last_run_timestamp_seconds < 600');
      expect(recent).toHaveLength(2);
      // The shipped rules take these series for those of /metrics.
      await eventually(async () => {
        expect(await prometheus.queryBy('alertname', 'ALERTS{severity!="none"}')).toEqual({
          ProbeFailed: 1,
        });
      });
    },
  );
});

async function check(prometheus: string, ...words: readonly string[]) {
  const { file } = await forThisTest(configFile(CONFIG));
  return runCliInProcess([
    ...['check', `--config.file=${file}`, `--prometheus=${prometheus}`],
    ...words,
  ]);
}
