import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { freePort, tcpLoopback } from '../support/loopback.ts';
import { hasNginx, startNginx } from '../support/nginx-server.ts';
import { hasPrometheus, startPrometheus } from '../support/prometheus-server.ts';

// As blackbox_exporter's users have it: nothing of ours in it.
const BLACKBOX_YML = `
modules:
  http_2xx:
    prober: http
    timeout: 5s
    http:
      preferred_ip_protocol: "ip4"
  tcp_connect:
    prober: tcp
`;

describe.skipIf(!hasPrometheus || !hasNginx)(
  'a Prometheus with the jobs of blackbox_exporter',
  () => {
    test('sees its targets up and down through /probe', async () => {
      const nginx = await forThisTest(
        startNginx('location / { return 200; } location /down { return 503; }'),
      );
      const ssh = await forThisTest(tcpLoopback('SSH-2.0-x\r\n'));
      const exporter = await forThisTest(startExporterProcess({ config: BLACKBOX_YML }));
      const web = `http://127.0.0.1:${nginx.port}`;
      const closed = `127.0.0.1:${await freePort()}`;
      const prometheus = await forThisTest(
        startPrometheus(
          job('blackbox-http', 'http_2xx', [`${web}/index?a=1&b=2`, `${web}/down`], exporter.port) +
            job('blackbox-tcp', 'tcp_connect', [`127.0.0.1:${ssh.port}`, closed], exporter.port),
        ),
      );
      await eventually(async () =>
        expect(await prometheus.queryBy('instance', 'probe_success')).toEqual({
          [`${web}/index?a=1&b=2`]: 1,
          [`${web}/down`]: 0,
          [`127.0.0.1:${ssh.port}`]: 1,
          [closed]: 0,
        }),
      );
      expect(await prometheus.queryBy('instance', 'up')).toMatchObject({ [closed]: 1 });
      const codes = await prometheus.queryBy('instance', 'probe_http_status_code');
      expect(codes).toEqual({ [`${web}/index?a=1&b=2`]: 200, [`${web}/down`]: 503 });
      // The scrape timeout of 1 s less the offset.
      expect(await prometheus.queryBy('job', 'max by (job) (probe_timeout_seconds)')).toEqual({
        'blackbox-http': 0.5,
        'blackbox-tcp': 0.5,
      });
    });
  },
);

function job(name: string, module: string, targets: readonly string[], port: number): string {
  return `
  - job_name: ${name}
    metrics_path: /probe
    params: {module: [${module}]}
    static_configs: [{targets: ${JSON.stringify(targets)}}]
    relabel_configs:
      - {source_labels: [__address__], target_label: __param_target}
      - {source_labels: [__param_target], target_label: instance}
      - {target_label: __address__, replacement: "127.0.0.1:${port}"}`;
}
