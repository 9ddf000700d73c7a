import { readFile } from 'node:fs/promises';
import { createServer as createHttps } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckReport } from '../../src/web/status/check-report.ts';
import { createAuthority } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import {
  configFile,
  type ExporterProcess,
  runExporter,
  startExporterProcess,
} from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { freePort, loopback, tcpLoopback } from '../support/loopback.ts';
import { hasNginx, type NginxServer, startNginx } from '../support/nginx-server.ts';
import {
  hasPrometheus,
  type PrometheusServer,
  startPrometheus,
} from '../support/prometheus-server.ts';
import {
  hasSystemdUserManager,
  type SystemdUserManager,
  startSystemdUserManager,
} from '../support/systemd-user-manager.ts';

const LOCATIONS = `
    location = / { return 200 "welcome"; }
    location = /health { default_type application/json; return 200 '{"status": "ok"}'; }
    location = /login { return 302 /; }
    location = /broken { return 503; }
    location = /loop { return 302 /loop; }
`;
const UNITS = {
  'web.service': '[Service]\nExecStart=/bin/sleep 300\n',
  'worker.service': '[Service]\nExecStart=/bin/sleep 300\n',
  'backup.service': '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n',
  'crashed.service': "[Service]\nExecStart=/bin/sh -c 'exit 3'\n",
  'stopped.service': '[Service]\nExecStart=/bin/sleep 300\n',
};

interface Ports {
  readonly nginx: number;
  readonly selfSigned: number;
  readonly ssh: number;
  readonly smtp: number;
  readonly silent: number;
  readonly closed: number;
}

/** What such a script typically looks at: endpoints, ports, services and the host. All of it is healthy. */
function healthyChecks({ nginx, ssh, smtp, silent }: Ports): string {
  return `
  - {name: Website, target: "http://127.0.0.1:${nginx}/", module: http_2xx}
  - name: API Health
    target: http://127.0.0.1:${nginx}/health
    prober: http
    timeout: 3s
    labels: {team: api}
    http: {valid_status_codes: [200], fail_if_body_not_matches_regexp: ['"status": "ok"']}
  - {name: Login, target: "http://127.0.0.1:${nginx}/login", prober: http}
  - {name: SSH, target: "127.0.0.1:${ssh}", module: ssh_banner}
  - {name: SMTP, target: "127.0.0.1:${smtp}", prober: tcp, tcp: {query_response: [{expect: "^220 "}]}}
  - {name: Web Port, target: "127.0.0.1:${nginx}", module: tcp_connect}
  - {name: Database, target: "localhost:${silent}", prober: tcp, timeout: 3s, tcp: {preferred_ip_protocol: ip4}}
  - {name: Cache, target: "127.0.0.1:${silent}", prober: tcp}
  - {name: Web Service, target: web.service, prober: systemd, systemd: {user: true}}
  - {name: Worker Service, target: worker, prober: systemd, systemd: {user: true}}
  - {name: Backup Service, target: backup.service, prober: systemd, systemd: {user: true}}
  - {name: Disk Space, target: /, prober: disk, disk: {max_used_percent: 100}}
  - {name: Memory Usage, prober: memory, memory: {max_used_percent: 100}}
  - {name: CPU Usage, prober: cpu, cpu: {max_used_percent: 100}}
`;
}

/** One check for each way in which something can be wrong. */
function failingChecks({ nginx, ssh, selfSigned, silent, closed }: Ports): string {
  return `
  - {name: Refused Endpoint, target: "http://127.0.0.1:${closed}/", prober: http}
  - {name: Silent Endpoint, target: "http://127.0.0.1:${silent}/", prober: http, timeout: 200ms}
  - {name: Unknown Host, target: "http://no-such-host.invalid/", prober: http}
  - {name: Self-signed Endpoint, target: "https://127.0.0.1:${selfSigned}/", prober: http}
  - {name: TLS to a Plain Port, target: "https://127.0.0.1:${nginx}/", prober: http}
  - {name: Broken Endpoint, target: "http://127.0.0.1:${nginx}/broken", prober: http}
  - {name: Redirect Loop, target: "http://127.0.0.1:${nginx}/loop", prober: http}
  - name: Wrong Answer
    target: http://127.0.0.1:${nginx}/health
    prober: http
    http: {fail_if_body_matches_regexp: ["ok"]}
  - {name: Closed Port, target: "127.0.0.1:${closed}", prober: tcp}
  - {name: Silent Port, target: "127.0.0.1:${silent}", module: ssh_banner, timeout: 200ms}
  - name: Wrong Banner
    target: 127.0.0.1:${ssh}
    prober: tcp
    timeout: 200ms
    tcp: {query_response: [{expect: "^220 "}]}
  - {name: Port of an Unknown Host, target: "no-such-host.invalid:22", prober: tcp}
  - {name: Crashed Service, target: crashed.service, prober: systemd, systemd: {user: true}}
  - {name: Stopped Service, target: stopped.service, prober: systemd, systemd: {user: true}}
  - {name: Missing Service, target: missing.service, prober: systemd, systemd: {user: true}}
  - {name: Full Disk, target: /, prober: disk, disk: {max_used_percent: 0.000001}}
  - {name: Missing Disk, target: /no/such/mount, prober: disk}
  - {name: Full Memory, prober: memory, memory: {max_used_percent: 0.000001}}
`;
}

const REASONS = {
  'Refused Endpoint': 'refused',
  'Silent Endpoint': 'timeout',
  'Unknown Host': 'dns',
  'Self-signed Endpoint': 'certificate',
  'TLS to a Plain Port': 'tls',
  'Broken Endpoint': 'status',
  'Redirect Loop': 'redirect',
  'Wrong Answer': 'body',
  'Closed Port': 'refused',
  'Silent Port': 'timeout',
  'Wrong Banner': 'timeout',
  'Port of an Unknown Host': 'dns',
  'Crashed Service': 'state',
  'Stopped Service': 'state',
  'Missing Service': 'not_found',
  'Full Disk': 'threshold',
  'Missing Disk': 'not_found',
  'Full Memory': 'threshold',
};
const HEALTHY = [
  ...['Website', 'API Health', 'Login', 'SSH', 'SMTP', 'Web Port', 'Database', 'Cache'],
  ...['Web Service', 'Worker Service', 'Backup Service'],
  ...['Disk Space', 'Memory Usage', 'CPU Usage'],
];
const NAMES = [...HEALTHY, ...Object.keys(REASONS)];

const canRun = hasPrometheus && hasNginx && hasSystemdUserManager;

describe.skipIf(!canRun)('the list of a typical script', () => {
  const stack = new AsyncDisposableStack();
  let manager: SystemdUserManager;
  let nginx: NginxServer;
  let ports: Ports;
  let exporter: ExporterProcess;
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    manager = stack.adopt(await startSystemdUserManager(), ({ stop }) => stop());
    await startUnits(manager);
    nginx = stack.use(await startNginx(LOCATIONS));
    ports = await startTargets(stack, nginx);
    exporter = stack.use(await startExporterProcess({ config: mixed(), env: manager.env }));
    // It takes seconds until its first scrape.
    prometheus = stack.use(await startPrometheus(exporter.port));
  });
  afterAll(() => stack.disposeAsync());

  const mixed = () => `checks:${healthyChecks(ports)}${failingChecks(ports)}`;
  const check = (file: string, ...args: string[]) =>
    runExporter(['check', `--config.file=${file}`, ...args], manager.env);

  describe('run once from the command line', () => {
    test('gives the same verdicts as JSON in a file, a table on standard output and exit code 1', async () => {
      const config = await forThisTest(configFile(mixed()));
      const file = join(config.path, 'results.json');
      const { code, stdout, stderr } = await check(config.file, '--json', file);

      expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
      expectVerdicts(JSON.parse(await readFile(file, 'utf8')));
      expect(stdout).toMatch(/^✓ Website /m);
      expect(stdout).toMatch(/^✗ Closed Port .* refused: /m);
      expect(stdout).toMatch(/^32 checks in \S+: 14 healthy, 18 failing$/m);
    });

    test('gives the same verdicts as JSON alone on standard output', async () => {
      const config = await forThisTest(configFile(mixed()));
      const { code, stdout } = await check(config.file, '--json', '-');

      expect(code).toBe(1);
      expectVerdicts(JSON.parse(stdout));
    });

    test('ends with exit code 0 where all is healthy', async () => {
      const config = await forThisTest(configFile(`checks:${healthyChecks(ports)}`));
      const { code, stdout } = await check(config.file, '--json', '-');

      const { summary } = JSON.parse(stdout) as CheckReport;
      expect(summary).toEqual({ total: 14, healthy: 14, failing: 0, skipped: 0 });
      expect(code).toBe(0);
    });

    test('ends with exit code 2 and every mistake with its place where the file is wrong', async () => {
      const config = await forThisTest(
        configFile(`checks:
  - {name: Website, target: "http://127.0.0.1/", prober: htp}
  - {name: SSH, target: "127.0.0.1:22", prober: tcp, timout: 3s}
  - {name: SSH, target: localhost, prober: tcp}
`),
      );
      const { code, stdout, stderr } = await check(config.file, '--json', '-');

      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      const found = stderr.split('\n').filter((line) => line.startsWith(config.file));
      expect(found).toEqual([
        expect.stringContaining(`${config.file}:2:58: `),
        expect.stringContaining(`${config.file}:3:54: `),
        expect.stringContaining(`${config.file}:4:12: two checks are named "SSH"`),
        expect.stringContaining(`${config.file}:4:25: `),
      ]);
      expect(stderr).toContain('did you mean "timeout"');
    });
  });

  describe('scraped by Prometheus', () => {
    test('shows each check that fails as failing, and no other', async () => {
      const expected = Object.fromEntries(NAMES.map((name) => [name, HEALTHY.includes(name)]));
      await eventually(async () => {
        const success = await prometheus.queryBy('check', 'probe_success');
        expect(mapValues(success, Boolean)).toEqual(expected);
      });
    });

    test('shows the reason of each failure', async () => {
      await eventually(async () => {
        const failures = await prometheus.query('probe_failure_info == 1');
        const reasons = failures.map(({ labels }) => [labels.check, labels.reason]);
        expect(Object.fromEntries(reasons)).toEqual(REASONS);
        expect(reasons).toHaveLength(Object.keys(REASONS).length);
      });
    });

    test('has its histograms of latency grow', async () => {
      const counts = () => prometheus.queryBy('check', 'probe_latency_seconds_count');
      const before = await eventually(async () => {
        const found = await counts();
        expect(Object.keys(found).sort()).toEqual([...NAMES].sort());
        return found;
      });
      await eventually(async () => {
        const grown = Object.entries(await counts()).filter(
          ([name, count]) => count > (before[name] ?? Number.POSITIVE_INFINITY),
        );
        expect(grown).toHaveLength(NAMES.length);
      });
    });

    test('is up', async () => {
      await eventually(async () => {
        expect(await prometheus.queryBy('job', 'up')).toEqual({ healthcheck: 1 });
      });
    });

    test("carries a check's own labels", async () => {
      const [sample] = await prometheus.query('probe_success{team="api"}');
      expect(sample?.labels).toMatchObject({
        check: 'API Health',
        target: `http://127.0.0.1:${ports.nginx}/health`,
        prober: 'http',
      });
    });

    test('shows an nginx that is stopped as refused, and as healthy when it is back', async () => {
      const behind = 'check=~"Website|API Health|Login|Web Port"';
      const eventuallyEach = (success: number, refused: number[]) =>
        eventually(async () => {
          const verdicts = await prometheus.query(`probe_success{${behind}}`);
          expect(verdicts.map(({ value }) => value)).toEqual(Array(4).fill(success));
          const reasons = await prometheus.query(`probe_failure_info{reason="refused", ${behind}}`);
          expect(reasons.map(({ value }) => value)).toEqual(refused);
        });
      await eventuallyEach(1, []);
      await nginx.stop();
      await eventuallyEach(0, [1, 1, 1, 1]);
      await nginx.start();
      await eventuallyEach(1, []);

      const log = exporter.process.stderr();
      expect(log).toMatch(/✗ check fails" check=Website .* reason=refused/);
      expect(log).toMatch(/✓ check is healthy again" check=Website /);
    });
  });
});

function expectVerdicts({ checks, summary }: CheckReport): void {
  expect(Object.fromEntries(checks.map(({ name, reason }) => [name, reason]))).toEqual({
    ...Object.fromEntries(HEALTHY.map((name) => [name, null])),
    ...REASONS,
  });
  expect(summary).toEqual({ total: 32, healthy: 14, failing: 18, skipped: 0 });
}

async function startUnits(manager: SystemdUserManager): Promise<void> {
  for (const [name, text] of Object.entries(UNITS)) await manager.addUnit(name, text);
  await manager.systemctl('daemon-reload');
  await manager.systemctl('start', 'web', 'worker', 'backup');
  await manager.systemctl('start', 'crashed').catch(() => {});
  await manager.waitFor('crashed.service', 'failed (failed)');
}

async function startTargets(
  stack: AsyncDisposableStack,
  { port: nginx }: NginxServer,
): Promise<Ports> {
  const authority = stack.adopt(createAuthority(), ({ remove }) => remove());
  const identity = authority.selfSigned({ names: 'IP:127.0.0.1' });
  const selfSigned = createHttps(identity, (_request, response) => response.end('ok'));
  return {
    nginx,
    selfSigned: stack.use(await loopback(selfSigned)).port,
    ssh: stack.use(await tcpLoopback('SSH-2.0-OpenSSH_9.2\r\n')).port,
    smtp: stack.use(await tcpLoopback('220 mail.example.org ESMTP\r\n')).port,
    silent: stack.use(await tcpLoopback()).port,
    closed: await freePort(),
  };
}

function mapValues<T, U>(values: Readonly<Record<string, T>>, map: (value: T) => U) {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));
}
