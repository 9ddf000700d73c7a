import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { dashboardExpressions } from '../support/dashboard-expressions.ts';
import { eventually } from '../support/eventually.ts';
import { startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { freePort, loopback } from '../support/loopback.ts';
import {
  hasPrometheus,
  type PrometheusServer,
  startPrometheus,
} from '../support/prometheus-server.ts';
import { isThorough } from '../support/thorough.ts';

const OTHER = 'elsewhere:9100';
const MORE_THAN_A_GRAPH_SHOWS = 20;

describe.skipIf(!isThorough || !hasPrometheus)(
  'a real Prometheus that scrapes a real exporter',
  () => {
    test('accepts every expression, and answers with what the panels promise', async () => {
      let status = 200;
      const web = await forThisTest(
        loopback(createServer((_request, response) => response.writeHead(status).end())),
      );
      const url = `http://127.0.0.1:${web.port}/`;
      const closed = `127.0.0.1:${await freePort()}`;
      const many = Array.from(
        { length: MORE_THAN_A_GRAPH_SHOWS },
        (_, index) => `  - {name: Port ${index}, target: "127.0.0.1:${web.port}", prober: tcp}`,
      );
      const exporter = await forThisTest(
        startExporterProcess({
          config: `
checks:
  - {name: Website, target: "${url}", prober: http, labels: {team: web}}
  - {name: Port, target: "127.0.0.1:${web.port}", prober: tcp}
  - {name: Closed, target: "${closed}", prober: tcp}
  - {name: Disk, target: /, prober: disk, disk: {max_used_percent: 100, max_inodes_used_percent: 100}}
  - {name: Memory, prober: memory, memory: {max_used_percent: 100, max_swap_used_percent: 100}}
  - {name: CPU, prober: cpu, cpu: {interval: 100ms, max_used_percent: 100, max_load_per_core: 1000}}
${many.join('\n')}
`,
        }),
      );
      const address = `127.0.0.1:${exporter.port}`;
      const prometheus = await forThisTest(startPrometheus(jobs({ address, url, closed })));
      const ask = asking(prometheus);

      await eventually(async () => {
        expect(await ask('healthcheck-overview', 'Healthy checks')).toEqual([
          { labels: {}, value: 5 + many.length },
          { labels: {}, value: 6 + many.length },
        ]);
        expect(await ask('healthcheck-probe', 'Healthy targets')).toEqual([
          { labels: {}, value: 1 },
          { labels: {}, value: 2 },
        ]);
        // A rate needs two samples, and so does who else is scraped.
        expect(await prometheus.query(`rate(process_cpu_seconds_total[1m])`)).toHaveLength(2);
      });

      for (const { expr } of dashboardExpressions()) await prometheus.query(expr);
      await eventually(async () => {
        expect((await ask('healthcheck-overview', 'Failing now'))[0]?.labels).toEqual({
          check: 'Closed',
          target: closed,
          prober: 'tcp',
          reason: 'refused',
          instance: address,
        });
        expect((await ask('healthcheck-probe', 'Failing now'))[0]?.labels).toEqual({
          instance: closed,
          module: 'tcp_connect',
          exporter: address,
          reason: 'refused',
        });
        const [used, limit] = await ask('healthcheck-overview', 'Disk used');
        expect([used?.labels, limit]).toEqual([
          limit?.labels,
          expect.objectContaining({ value: 1 }),
        ]);
        // Of the checks that /sd would list, three cannot be scraped: they are three targets of one instance.
        expect(await ask('healthcheck-overview', 'Failing scrapes')).toEqual([
          { labels: {}, value: 3 },
        ]);
        const slowest = await ask('healthcheck-overview', 'Duration of the slowest checks');
        expect(slowest).toHaveLength(20);
        expect(slowest.map(({ labels }) => labels.check)).toContain('CPU');
        const processes = await ask('healthcheck-overview', 'Memory of the exporter');
        expect(processes.map(({ labels }) => labels.instance)).toEqual([address, address]);
      });

      status = 503;
      await eventually(async () => {
        const failing = await ask('healthcheck-overview', 'Failing now');
        const website = failing.filter(({ labels }) => labels.check === 'Website');
        const labels = expect.objectContaining({ target: url, reason: 'status' });
        // Once because it fails, and once because it was healthy before.
        expect(website).toEqual([
          { labels, value: 1 },
          { labels, value: expect.any(Number) },
        ]);
      });
    }, 60_000);
  },
);

/** All ways of scraping, and a process that is no exporter of ours. */
function jobs({ address, url, closed }: Record<'address' | 'url' | 'closed', string>): string {
  return `
  - job_name: healthcheck
    static_configs: [{targets: ["${address}"]}]
  - job_name: healthcheck-probe
    metrics_path: /probe
    params: {module: [tcp_connect]}
    static_configs: [{targets: ["${new URL(url).host}", "${closed}"]}]
    relabel_configs:
      - {source_labels: [__address__], target_label: __param_target}
      - {source_labels: [__param_target], target_label: instance}
      - {source_labels: [__param_module], target_label: module}
      - {target_label: exporter, replacement: "${address}"}
      - {target_label: __address__, replacement: "${address}"}
  - job_name: healthcheck-sd
    honor_labels: true
    metric_relabel_configs:
      - {source_labels: [__name__], regex: "(healthcheck_exporter|process|nodejs)_.*", action: drop}
    static_configs:
      - {targets: ["${address}"], labels: {check: Port, __param_check: Port}}
      - {targets: ["${closed}"], labels: {check: Disk, instance: "${address}"}}
      - {targets: ["${closed}"], labels: {check: Memory, instance: "${address}"}}
      - {targets: ["${closed}"], labels: {check: CPU, instance: "${address}"}}
  - job_name: other
    static_configs: [{targets: ["${address}"], labels: {instance: "${OTHER}"}}]
    metric_relabel_configs:
      - {source_labels: [__name__], regex: "(process|nodejs)_.*", action: keep}`;
}

/** The answers to the queries of a panel, one after the other. */
function asking(prometheus: PrometheusServer) {
  return async (uid: string, title: string) => {
    const wanted = dashboardExpressions().filter(
      ({ dashboard, panel }) => dashboard === uid && panel === title,
    );
    expect(wanted.length, `queries of ${title}`).toBeGreaterThan(0);
    const answers = await Promise.all(wanted.map(({ expr }) => prometheus.query(expr)));
    return answers.flat();
  };
}
