import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RULES, shippedPaths } from '../../src/cli/shipped-files.ts';
import { hasAlertmanager, startAlertmanager } from '../support/alertmanager-server.ts';
import { dashboardExpressions } from '../support/dashboard-expressions.ts';
import { eventually } from '../support/eventually.ts';
import { type EveryTarget, startEveryTarget } from '../support/every-target.ts';
import { type ExporterProcess, startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { mailWith, startMailSink } from '../support/mail-sink.ts';
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
const IN_A_MINUTE = { patienceSeconds: MINUTE };

/** Queries of dashboards that have nothing to show in this scenario, and why. */
const EMPTY = [
  { about: 'probe_swap_free_bytes', because: 'this host has no swap', holds: () => hasNoSwap() },
] as const;

describe.skipIf(!isInRealTime || !isComplete)('the rules as they are shipped', () => {
  test(
    'mail what fails and that it is over, and of an exporter that dies this alone',
    async () => {
      const targets = await startEveryTarget();
      const { exporter, lost, prometheus, alertmanager, sink } = await startStack(targets);
      const website = `http://127.0.0.1:${targets.nginx.port}/`;
      const checksThat = async (alert: string, state: string) => {
        const found = await prometheus.query(`ALERTS{alertname="${alert}", alertstate="${state}"}`);
        return found.map(({ labels }) => labels.check);
      };
      const mail = (part: string, patienceSeconds = 2 * MINUTE) =>
        mailWith(sink, part, { patienceSeconds });

      await eventually(async () => {
        const failing = await prometheus.queryBy('check', 'probe_success{check!=""} == 0');
        expect(Object.keys(failing).sort()).toEqual([
          'Broken Page',
          'Lost Page',
          'Old Certificate',
        ]);
        expect(await prometheus.query('probe_success')).toHaveLength(16 + targets.probes.length);
      }, IN_A_MINUTE);
      await targets.nginx.stop();
      await eventually(
        async () => expect(await checksThat('ProbeFailed', 'pending')).toContain('Website'),
        IN_A_MINUTE,
      );
      await eventually(
        async () => expect(await checksThat('ProbeFailed', 'firing')).toContain('Website'),
        { patienceSeconds: 8 * MINUTE },
      );

      const failed = await mail('- Website: fails. Reason: refused.');
      expect(failed.recipients).toContain('web@example.com');
      expect(failed.subject).toContain('failing');
      expect(failed.text).toContain(`http://127.0.0.1:${exporter.port}/logs?check=Website`);
      const ofProbe = await mail(`- ${website}: fails. Reason: refused.`);
      expect(ofProbe.text).toContain(
        `http://127.0.0.1:${exporter.port}/logs?target=${encodeURIComponent(website)}`,
      );
      await mail('- Lost Page: fails. Reason: refused.');

      await targets.nginx.start();
      lost.process.kill('SIGKILL');
      const down = await mail('ProbeExporterDown', 6 * MINUTE);
      expect(down.text).toContain(`- 127.0.0.1:${lost.port}: `);
      await eventually(async () => {
        const alerts = await alertmanager.alerts();
        const cause = alerts.find(({ labels }) => labels.alertname === 'ProbeExporterDown');
        const others = alerts.filter(
          ({ labels }) => labels.instance === cause?.labels.instance && labels.check,
        );
        expect(others.map(({ labels }) => labels.check)).toEqual(
          expect.arrayContaining(['Lost Page', 'Old Certificate']),
        );
        for (const { status } of others) expect(status.inhibitedBy).toContain(cause?.fingerprint);
      }, IN_A_MINUTE);

      const over = await mail('- Website: ProbeFailed is over.', 8 * MINUTE);
      expect(over.text).not.toContain('- Website: fails.');
      const ended = sink.mails().filter(({ text }) => /- (?:Lost|Old) .* is over/.test(text));
      expect(ended.map(({ text }) => text)).toEqual([]);

      // Something that was healthy fails, so that the panels on failures have what to show.
      await targets.nginx.stop();
      await eventually(() => expectData(prometheus), IN_A_MINUTE);
    },
    25 * MINUTE * 1000,
  );
});

async function startStack(targets: EveryTarget) {
  const sink = await forThisTest(startMailSink());
  // Longer than the alerts that belong together begin apart.
  const alertmanager = await forThisTest(startAlertmanager(sink, { waitSeconds: 30 }));
  const start = (config: string) =>
    forThisTest(startExporterProcess({ config, env: targets.manager.env }));
  const exporter = await start(`checks:${targets.checks}\nmodules:${targets.modules}`);
  const lost = await start(`checks:${targets.failing}`);
  const prometheus = await forThisTest(
    startPrometheus(jobs(exporter, lost, targets), {
      ruleFiles: shippedPaths(RULES),
      alertmanager: alertmanager.port,
      // A scrape that is lost on a busy machine makes an alert wait anew.
      intervalSeconds: 5,
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
