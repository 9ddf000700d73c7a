import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hasAlertmanager, startAlertmanager } from '../support/alertmanager-server.ts';
import { dashboardExpressions } from '../support/dashboard-expressions.ts';
import { eventually } from '../support/eventually.ts';
import { type EveryTarget, startEveryTarget } from '../support/every-target.ts';
import { type ExporterProcess, startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { type MailSink, startMailSink } from '../support/mail-sink.ts';
import { hasNginx } from '../support/nginx-server.ts';
import {
  hasPrometheus,
  type PrometheusServer,
  startPrometheus,
} from '../support/prometheus-server.ts';
import { realPart } from '../support/real-part.ts';
import { hasSystemdUserManager } from '../support/systemd-user-manager.ts';

// The rules wait as they do for users: `npm run test:alerting` takes the ten minutes that this needs.
const isInRealTime = process.env.MODE === 'real-time';
const isComplete =
  hasPrometheus &&
  hasAlertmanager &&
  hasNginx &&
  hasSystemdUserManager &&
  realPart('ping', ['ping']);
const MINUTE = 60;

const RULES = ['alert-rules/healthcheck-alerts.yml', 'alert-rules/healthcheck-slo.yml'];

/** Queries of dashboards that have nothing to show in this scenario, and why. */
const EMPTY = [
  { about: 'probe_swap_free_bytes', because: 'this host has no swap', holds: () => hasNoSwap() },
] as const;

describe.skipIf(!isInRealTime || !isComplete)(
  'alerting, with the rules as they are shipped',
  () => {
    test(
      'mails what fails and that it is over, and of an exporter that is gone nothing else',
      async () => {
        const targets = await startEveryTarget();
        const stack = await startStack(targets);
        const { exporter, lost, prometheus, alertmanager, sink } = stack;
        const stateOf = (alert: string, state: string) =>
          prometheus.query(`ALERTS{alertname="${alert}", alertstate="${state}"}`);

        await eventually(async () => {
          const failing = await prometheus.queryBy('check', 'probe_success{check!=""} == 0');
          expect(Object.keys(failing).sort()).toEqual(['Broken Page', 'Old Certificate']);
          expect(await prometheus.query('probe_success')).toHaveLength(15 + targets.probes.length);
        });
        await targets.nginx.stop();
        lost.process.kill('SIGKILL');
        await eventually(async () => {
          const pending = await stateOf('ProbeFailed', 'pending');
          expect(pending.map(({ labels }) => labels.check)).toContain('Website');
        });

        await eventually(
          async () => {
            const firing = await stateOf('ProbeFailed', 'firing');
            expect(firing.map(({ labels }) => labels.check)).toContain('Website');
          },
          { patienceSeconds: 7 * MINUTE },
        );
        const failed = await mailThat(sink, 'to web@example.com', /- Website: /);
        expect(failed.subject).toContain('failing');
        expect(failed.text).toMatch(/Reason: refused/);
        expect(failed.text).toContain(`http://127.0.0.1:${exporter.port}/logs?check=Website`);
        const ofProbe = await mailThat(sink, 'for the target of /probe', /\/logs\?target=/);
        expect(ofProbe.text).toContain(`http://127.0.0.1:${targets.nginx.port}/`);

        const down = await mailThat(sink, 'on the exporter that is gone', /ProbeExporterDown/);
        expect(down.text).toContain(`127.0.0.1:${lost.port}`);
        await eventually(async () => {
          const alerts = await alertmanager.alerts();
          const expired = alerts.find(({ labels }) => labels.check === 'Old Certificate');
          const cause = alerts.find(({ labels }) => labels.alertname === 'ProbeExporterDown');
          expect(expired?.labels.alertname).toBe('ProbeCertificateExpired');
          expect(expired?.status.inhibitedBy).toEqual([cause?.fingerprint]);
        });
        expect(sink.mails().filter(({ text }) => text?.includes('Old Certificate'))).toEqual([]);

        await targets.nginx.start();
        const over = await mailThat(
          sink,
          'that it is over',
          /- Website: ProbeFailed is over/,
          6 * MINUTE,
        );
        expect(over.text).not.toMatch(/- Website: .*fails/);

        // Something that was healthy fails, so that the panels on failures have what to show.
        await targets.nginx.stop();
        await eventually(() => expectData(prometheus));
      },
      20 * MINUTE * 1000,
    );
  },
);

async function startStack(targets: EveryTarget) {
  const sink = await forThisTest(startMailSink());
  // Longer than it takes to end an exporter that has been scraped: its alerts begin to fire that much apart.
  const alertmanager = await forThisTest(startAlertmanager(sink, { waitSeconds: 30 }));
  const start = (config: string) =>
    forThisTest(startExporterProcess({ config, env: targets.manager.env }));
  const exporter = await start(`checks:${targets.checks}\nmodules:${targets.modules}`);
  const lost = await start(`checks:${targets.expired}`);
  const prometheus = await forThisTest(
    startPrometheus(jobs(exporter, lost, targets), {
      ruleFiles: RULES,
      alertmanager: alertmanager.port,
    }),
  );
  return { sink, alertmanager, exporter, lost, prometheus };
}

function jobs(exporter: ExporterProcess, lost: ExporterProcess, { probes }: EveryTarget): string {
  return `
  - job_name: healthcheck
    static_configs: [{targets: ["127.0.0.1:${exporter.port}", "127.0.0.1:${lost.port}"]}]
${probes.map((probe, index) => probeJob(`healthcheck-probe-${index}`, exporter, probe)).join('')}`;
}

function probeJob(
  name: string,
  { port }: ExporterProcess,
  { module, target }: EveryTarget['probes'][number],
): string {
  return `
  - job_name: ${name}
    metrics_path: /probe
    params: {module: [${module}]}
    static_configs: [{targets: ["${target}"], labels: {team: data}}]
    relabel_configs:
      - {source_labels: [__address__], target_label: __param_target}
      - {source_labels: [__param_target], target_label: instance}
      - {source_labels: [__param_module], target_label: module}
      - {target_label: exporter, replacement: "127.0.0.1:${port}"}
      - {target_label: __address__, replacement: "127.0.0.1:${port}"}`;
}

async function mailThat(
  sink: MailSink,
  what: string,
  pattern: RegExp,
  patienceSeconds = 2 * MINUTE,
) {
  return eventually(
    () => {
      const found = sink.mails().find(({ text = '' }) => pattern.test(text));
      expect(found, `a mail ${what}`).toBeDefined();
      return found as NonNullable<typeof found>;
    },
    { patienceSeconds },
  );
}

/** Every expression of a dashboard has data, but those named above. */
async function expectData(prometheus: PrometheusServer): Promise<void> {
  const empty: string[] = [];
  for (const { dashboard, panel, expr } of dashboardExpressions()) {
    const isEmpty = (await prometheus.query(expr)).length === 0;
    const isKnown = EMPTY.some(({ about, holds }) => expr.includes(about) && holds());
    if (isEmpty !== isKnown) empty.push(`${dashboard}, ${panel}: ${expr}`);
  }
  expect(empty).toEqual([]);
}

function hasNoSwap(): boolean {
  return /^SwapTotal: +0 kB$/m.test(readFileSync('/proc/meminfo', 'utf8'));
}
