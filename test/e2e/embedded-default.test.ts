import { expect, test } from 'vitest';
import type { CheckReport } from '../../src/web/status/check-report.ts';
import { runExporter, startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';

/** What the default calls too busy, which these tests may make of the machine they run on. */
const MAX_CPU_USED = 0.95;

test('without a configuration this host and the exporter itself are served, and healthy', async () => {
  const exporter = await forThisTest(startExporterProcess());
  const { all, byCheck } = await exporter.scrape();

  const cpuUsed = byCheck('probe_cpu_used_ratio')['CPU Usage'] ?? Number.NaN;
  expect(byCheck('probe_success')).toEqual({
    'Disk Space': 1,
    'Memory Usage': 1,
    'CPU Usage': cpuUsed <= MAX_CPU_USED ? 1 : 0,
    Exporter: 1,
  });
  expect(byCheck('probe_disk_used_ratio')).toEqual({ 'Disk Space': expect.any(Number) });
  expect(byCheck('probe_memory_used_ratio')).toEqual({ 'Memory Usage': expect.any(Number) });
  expect(all('probe_http_status_code')).toEqual([
    {
      name: 'probe_http_status_code',
      labels: { check: 'Exporter', target: `${exporter.url}/-/healthy`, prober: 'http' },
      value: 200,
    },
  ]);
});

test('without a configuration this host is checked, and healthy', async () => {
  const { code, stdout } = await runExporter(['check', '--json', '-']);

  const { checks } = JSON.parse(stdout) as CheckReport;
  const reasons = Object.fromEntries(checks.map(({ name, reason }) => [name, reason]));
  const isBusy = reasons['CPU Usage'] === 'threshold';
  expect(reasons).toEqual({
    'Disk Space': null,
    'Memory Usage': null,
    'CPU Usage': isBusy ? 'threshold' : null,
  });
  expect(code).toBe(isBusy ? 1 : 0);
});
