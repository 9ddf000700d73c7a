import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { tcpLoopback } from '../support/loopback.ts';
import { hasPrometheus, startPrometheus } from '../support/prometheus-server.ts';

/** Prometheus takes five seconds to act on what it discovers, and more on a busy machine. */
const PATIENCE = { patienceSeconds: 45 };

const HOSTILE = `a "b" {c="d"} 'e' $1 \\n ü 東京 & f=g?h#i %41 +{{j}}`;

test.skipIf(!hasPrometheus)(
  'a Prometheus that is given /sd scrapes each check as a target of its own',
  async () => {
    const ssh = await forThisTest(tcpLoopback('SSH-2.0-x\r\n'));
    const config = `checks:
  - {name: Port, target: "127.0.0.1:${ssh.port}", module: tcp_connect, labels: {team: web}}
  - {name: Memory, prober: memory}
  - {name: ${JSON.stringify(HOSTILE)}, prober: memory}
`;
    const exporter = await forThisTest(
      startExporterProcess({ config, args: ['--web.route-prefix=/health'] }),
    );
    const prometheus = await forThisTest(startPrometheus(job(exporter.port)));

    const place = { job: 'healthcheck-sd', instance: `127.0.0.1:${exporter.port}` };
    const port = { check: 'Port', prober: 'tcp', target: `127.0.0.1:${ssh.port}`, team: 'web' };
    await eventually(async () => {
      const up = await prometheus.queryBy('check', 'up');
      expect(up).toEqual({ Port: 1, Memory: 1, [HOSTILE]: 1 });
      const found = await prometheus.query('probe_success');
      const labels = found.map(({ labels: { __name__, ...rest } }) => rest);
      const expected = [
        { ...place, ...port, owner: 'web' },
        { ...place, check: 'Memory', prober: 'memory' },
        { ...place, check: HOSTILE, prober: 'memory' },
      ];
      expect(labels).toHaveLength(expected.length);
      expect(labels).toEqual(expect.arrayContaining(expected));
    }, PATIENCE);

    const everything = await prometheus.query('{job="healthcheck-sd"}');
    const labelNames = everything.flatMap(({ labels }) => Object.keys(labels));
    expect(labelNames.filter((name) => name.startsWith('exported_'))).toEqual([]);
    const names = new Set(everything.map(({ labels }) => labels.__name__ ?? ''));
    expect([...names].filter((name) => !/^(?:probe|scrape)_|^up$/.test(name))).toEqual([]);
    expect(names).toContain('probe_latency_seconds_count');
  },
  60_000,
);

function job(port: number): string {
  return `
  - job_name: healthcheck-sd
    honor_labels: true
    scrape_interval: 2s
    scrape_timeout: 2s
    http_sd_configs: [{url: "http://127.0.0.1:${port}/health/sd", refresh_interval: 1s}]
    relabel_configs:
      - {source_labels: [__meta_healthcheck_label_team], target_label: owner}
    metric_relabel_configs:
      - {source_labels: [__name__], regex: "(?:healthcheck_exporter|blackbox|process|nodejs)_.*", action: drop}`;
}
