import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ALERTMANAGER_EXAMPLE,
  type AlertmanagerServer,
  hasAlertmanager,
  startAlertmanager,
} from '../support/alertmanager-server.ts';
import { eventually } from '../support/eventually.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { httpLoopback } from '../support/loopback.ts';
import { realPart } from '../support/real-part.ts';

const run = promisify(execFile);

/** Who gets what, by severity and team. A team that nobody knows is treated like none. */
const NOBODY = { none: 'nobody', web: 'nobody', data: 'nobody', unknown: 'nobody' };
const LATER = { none: 'operators', web: 'team-web', data: 'team-data', unknown: 'operators' };
const RECEIVERS = {
  critical: {
    none: 'operators-urgent',
    web: 'team-web-urgent',
    data: 'team-data-urgent',
    unknown: 'operators-urgent',
  },
  warning: LATER,
  info: NOBODY,
  none: NOBODY,
  page: LATER,
  '': LATER,
};

describe.skipIf(!realPart('amtool', ['amtool']))('amtool', () => {
  test('accepts the example and finds its template', async () => {
    const { stdout } = await run('amtool', ['check-config', ALERTMANAGER_EXAMPLE]);

    expect(stdout).toContain('1 templates');
    expect(stdout).not.toContain('FAILED');
  });

  const severities = Object.entries(RECEIVERS);

  test.each(severities)(
    'routes severity "%s" by team, however it is scraped',
    async (severity, by) => {
      const wanted = Object.entries(by).flatMap(([team, receiver]) => {
        const labels = { alertname: 'ProbeFailed', severity, team: team === 'none' ? '' : team };
        const ofMetrics = { ...labels, instance: 'web1:10195', check: 'Website' };
        const ofProbe = { ...labels, instance: 'https://example.com', exporter: 'web1:10195' };
        return [ofMetrics, ofProbe].map((labels) => ({ labels, receiver }));
      });

      const routed = wanted.map(async ({ labels }) => ({ labels, receiver: await route(labels) }));

      expect(await Promise.all(routed)).toEqual(wanted);
    },
  );

  test.each([
    ['watchdog', { alertname: 'Watchdog', severity: 'none' }],
    ['operators-urgent', { alertname: 'ProbeExporterDown', severity: 'critical' }],
    ['operators-urgent', { alertname: 'ProbeExporterAbsent', severity: 'critical' }],
    ['operators-urgent', { alertname: 'ProbeManyFailing', severity: 'critical' }],
    ['operators', { alertname: 'ProbeExporterSaturated', severity: 'warning' }],
  ])('routes to %s what is about no single check: %j', async (receiver, labels) => {
    expect(await route(labels)).toBe(receiver);
  });
});

/** Labels that are empty are left out. */
async function route(labels: Readonly<Record<string, string>>): Promise<string> {
  const given = Object.entries(labels).filter(([, value]) => value !== '');
  const { stdout } = await run('amtool', [
    ...['config', 'routes', 'test', `--config.file=${ALERTMANAGER_EXAMPLE}`],
    ...given.map(([name, value]) => `${name}=${value}`),
  ]);
  return stdout.trim();
}

describe.skipIf(!hasAlertmanager)('a real Alertmanager with the example', () => {
  const WEB1 = 'web1:10195';
  const WEB2 = 'web2:10195';
  let alertmanager: AlertmanagerServer;

  beforeAll(async () => {
    alertmanager = await startAlertmanager();
  });
  afterAll(() => alertmanager[Symbol.asyncDispose]());

  /** How many alerts each mail would list. */
  async function mailsFor(alerts: readonly Readonly<Record<string, string>>[]) {
    await alertmanager.send(alerts.map((labels) => ({ labels })));
    const { job } = alerts[0] ?? {};
    return eventually(async () => {
      const groups = (await alertmanager.groups())
        .map(({ alerts }) => alerts.filter(({ labels }) => labels.job === job).length)
        .filter((count) => count > 0)
        .sort();
      expect(groups.reduce((sum, count) => sum + count, 0)).toBe(alerts.length);
      return groups;
    });
  }

  test('sends one mail an exporter and severity for what /metrics and /sd show', async () => {
    const job = 'healthcheck-sd';
    const failed = { alertname: 'ProbeFailed', job, severity: 'critical' };
    const low = { alertname: 'ProbeDiskSpaceLow', job, severity: 'warning', check: 'Disk' };
    const mails = await mailsFor([
      { ...failed, instance: WEB1, check: 'Website' },
      { ...failed, instance: WEB1, check: 'API' },
      { ...failed, instance: WEB1, check: 'Name', alertname: 'ProbeDnsQueryFailed' },
      { ...low, instance: WEB1 },
      { alertname: 'ProbeExporterSaturated', job, severity: 'warning', instance: WEB1 },
      { ...failed, instance: WEB2, check: 'Website' },
    ]);

    expect(mails).toEqual([1, 2, 3]);
  });

  test('sends one mail an exporter and severity for what /probe shows', async () => {
    const job = 'healthcheck-probe';
    const failed = { alertname: 'ProbeFailed', job, severity: 'critical' };
    const mails = await mailsFor([
      { ...failed, instance: 'https://a.example.com', exporter: WEB1 },
      { ...failed, instance: 'https://b.example.com', exporter: WEB1 },
      { ...failed, instance: 'db1.example.com:5432', exporter: WEB1 },
      { ...failed, instance: 'https://a.example.com', exporter: WEB2 },
      { ...failed, instance: 'https://b.example.com', exporter: WEB2 },
      { ...failed, instance: 'https://b.example.com', exporter: WEB2, severity: 'warning' },
    ]);

    expect(mails).toEqual([1, 2, 3]);
  });

  test('sends one mail a job where /probe is scraped without the label exporter', async () => {
    const failed = { alertname: 'ProbeFailed', job: 'healthcheck-plain', severity: 'critical' };
    const mails = await mailsFor([
      { ...failed, instance: 'https://a.example.com' },
      { ...failed, instance: 'https://b.example.com' },
    ]);

    expect(mails).toEqual([2]);
  });

  test('sends one mail for all exporters that are gone or blind at once', async () => {
    const job = 'healthcheck-split';
    const many = Array.from({ length: 50 }, (_, index) => `web${index}:10195`);
    const mails = await mailsFor([
      ...many.map((instance) => ({ alertname: 'ProbeExporterDown', job, instance })),
      ...many.map((exporter) => ({ alertname: 'ProbeManyFailing', job, exporter })),
    ]);

    expect(mails).toEqual([50, 50]);
  });

  test('calls the heartbeat with the token from its file while the watchdog fires', async () => {
    const tokens: (string | undefined)[] = [];
    const heartbeat = await forThisTest(
      httpLoopback(({ headers }, response) => {
        tokens.push(headers.authorization);
        response.end();
      }),
    );
    const url = `http://127.0.0.1:${heartbeat.port}/`;
    const watched = await forThisTest(startAlertmanager(undefined, { heartbeat: url }));

    await watched.send([{ labels: { alertname: 'Watchdog', severity: 'none' } }]);

    await eventually(() => expect(tokens[0]).toBe('Bearer a token'));
  });
});
