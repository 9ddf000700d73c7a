import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ALERTMANAGER_URL,
  type AlertmanagerServer,
  hasAlertmanager,
  startAlertmanager,
} from '../support/alertmanager-server.ts';
import { type MailSink, mailWith, type ReceivedMail, startMailSink } from '../support/mail-sink.ts';

const FAILED = { alertname: 'ProbeFailed', job: 'healthcheck', severity: 'critical' };
const FAILS = { summary: 'A health check fails.', description: 'It fails. Reason: refused.' };
const SILENCE = `${ALERTMANAGER_URL}/#/silences/new?filter=`;

let sink: MailSink;
let alertmanager: AlertmanagerServer;

describe.skipIf(!hasAlertmanager)('a mail', { concurrent: true }, () => {
  beforeAll(async () => {
    sink = await startMailSink();
    alertmanager = await startAlertmanager(sink);
  });
  afterAll(async () => {
    await alertmanager[Symbol.asyncDispose]();
    await sink[Symbol.asyncDispose]();
  });

  test('counts, and says of each check what, why, since when and where to look', async () => {
    const startsAt = now();
    const labels = { ...FAILED, instance: 'whole:10195', team: 'web' };
    await alertmanager.send([
      {
        labels: { ...labels, check: 'Main Website', target: 'https://example.com' },
        annotations: {
          summary: 'A health check fails.',
          description: 'Main Website (https://example.com) seen from whole:10195 fails: timeout.',
        },
        startsAt,
      },
      {
        labels: { ...labels, check: 'API', alertname: 'ProbeGrpcNotServing' },
        annotations: { summary: 'A gRPC service is not serving.' },
        startsAt,
      },
    ]);

    const mail = await mailWith(sink, 'whole:10195');

    expect(mail.subject).toBe('[2 failing, critical] whole:10195');
    expect(mail.text.trimEnd()).toBe(`2 failing, critical, team web:

- API: A gRPC service is not serving.
  seen from whole:10195
  ProbeGrpcNotServing, alerting since ${stamp(startsAt)}
  Log: http://whole:10195/logs?check=API
  Silence: ${SILENCE}%7Balertname%3D%22ProbeGrpcNotServing%22%2Cinstance%3D%22whole%3A10195%22%2Ccheck%3D%22API%22%7D

- Main Website: fails: timeout.
  https://example.com seen from whole:10195
  ProbeFailed, alerting since ${stamp(startsAt)}
  Log: http://whole:10195/logs?check=Main%20Website
  Silence: ${SILENCE}%7Balertname%3D%22ProbeFailed%22%2Cinstance%3D%22whole%3A10195%22%2Ccheck%3D%22Main%20Website%22%7D`);
    expect(mail.recipients).toEqual(['web@example.com', 'on-call@example.com']);
    expect(mail.parsed.from).toEqual({ name: 'Health checks', address: 'healthcheck@example.com' });
    expect(mail.parsed.html).toBeUndefined();
    expect(header(mail, 'x-priority')).toBe('1');
  });

  test('says what is over, and what is not', async () => {
    const startsAt = now();
    const labels = { ...FAILED, instance: 'half:10195', severity: 'warning', team: 'data' };
    const over = { labels: { ...labels, check: 'PostgreSQL' }, annotations: FAILS, startsAt };
    const stays = { labels: { ...labels, check: 'Redis' }, annotations: FAILS, startsAt };
    await alertmanager.send([over, stays]);
    await mailWith(sink, ['half:10195', '2 failing']);
    const endsAt = now();
    await alertmanager.send([{ ...over, endsAt }, stays]);

    const mail = await mailWith(sink, ['half:10195', '1 resolved:']);

    expect(mail.subject).toBe('[1 failing, warning] half:10195: ProbeFailed');
    expect(mail.text).toContain(
      '1 failing, warning, team data:\n\n- Redis: It fails. Reason: refused.',
    );
    expect(mail.text).toContain(`1 resolved:

- PostgreSQL: ProbeFailed is over.
  From ${stamp(startsAt)}
  to ${stamp(endsAt)}

`);
    expect(mail.recipients).toEqual(['data@example.com']);
    expect(header(mail, 'x-priority')).toBeUndefined();
  });

  test('says when all is over', async () => {
    const labels = { ...FAILED, instance: 'over:10195', check: 'SSH' };
    const alert = { labels, annotations: FAILS, startsAt: now() };
    await alertmanager.send([alert]);
    const first = await mailWith(sink, 'over:10195');
    await alertmanager.send([{ ...alert, endsAt: now() }]);

    const mail = await mailWith(sink, ['over:10195', '1 resolved:']);

    expect(first.subject).toBe('[1 failing, critical] SSH (over:10195): ProbeFailed');
    expect(mail.subject).toBe('[1 resolved, critical] SSH (over:10195): ProbeFailed');
    expect(mail.text).toMatch(/^1 resolved:\n/);
    expect(mail.text).not.toContain('fails');
  });

  test('says of a check what its description says after the names', async () => {
    const exporter = 'said:10195';
    const target = 'https://example.com';
    const long = `Web (${target}) seen from ${exporter} fails`;
    const entries = [
      [{ check: 'Web', target }, `Web (${target}) seen from ${exporter} fails.`, 'fails.'],
      [{ check: long, target }, `${long} (${target}) seen from ${exporter} is slow.`, 'is slow.'],
      [{ check: 'Zürich 東京' }, `Zürich 東京 seen from ${exporter} 🚒 fails.`, '🚒 fails.'],
      [{ check: 'CPU Usage' }, 'CPU Usage: 97% of it.', '97% of it.'],
      [{ check: 'Other', target }, `Web (${target}) seen from ${exporter} fails.`],
      [{ check: 'Cut', target }, `Cut (${target}) seen from`],
      [{ check: 'Empty' }, `Empty seen from ${exporter} `],
    ] as const;
    const labels = { ...FAILED, instance: exporter };
    await alertmanager.send(
      entries.map(([own, description]) => ({
        labels: { ...labels, ...own },
        annotations: { summary: 'A health check fails.', description },
      })),
    );

    const { text } = await mailWith(sink, exporter);

    expect(entriesOf(text)).toEqual(
      entries
        .map(([{ check, ...own }, description, message = description]) => [
          `- ${check}: ${message}`,
          `  ${'target' in own ? `${own.target} ` : ''}seen from ${exporter}`,
        ])
        .sort(),
    );
  });

  test('names the labels of a check that it does not say anyway', async () => {
    const labels = { ...FAILED, instance: 'labels:10195', check: 'Web', prober: 'http' };
    const own = { env: 'prod', node: 'worker-1', note: 'a\n- b' };
    await alertmanager.send([
      { labels: { ...labels, ...own, target: 'https://example.com', team: 'web', window: '1h' } },
    ]);

    const { text } = await mailWith(sink, 'labels:10195');

    expect(text.split('\n')[4]).toBe('  env=prod, node=worker-1, note=a - b');
  });

  test('names the teams where they differ', async () => {
    const labels = { ...FAILED, instance: 'teams:10195' };
    await alertmanager.send([
      { labels: { ...labels, check: 'A', team: 'mail' }, annotations: FAILS },
      { labels: { ...labels, check: 'B' }, annotations: FAILS },
    ]);

    const { text } = await mailWith(sink, 'teams:10195');

    expect(text).toMatch(/^2 failing, critical:\n/);
    expect(text.match(/Team: .*/g)).toEqual(['Team: mail']);
    expect(text).not.toContain('Severity:');
  });

  test('on a target of /probe links to the log of its exporter', async () => {
    const instance = 'https://probed.example.com/?a=1&b=2';
    await alertmanager.send([
      {
        labels: { ...FAILED, instance, exporter: 'web1:10195', module: 'http_2xx' },
        annotations: { description: `${instance} fails.` },
      },
    ]);

    const { subject, text } = await mailWith(sink, instance);

    expect(subject).toBe(`[1 failing, critical] ${instance}: ProbeFailed`);
    expect(text).toContain(
      `\n- ${instance}: fails.\n  seen from web1:10195\n  module=http_2xx\n  ProbeFailed, `,
    );
    expect(text).toContain(
      'Log: http://web1:10195/logs?target=https%3A%2F%2Fprobed.example.com%2F%3Fa%3D1%26b%3D2&module=http_2xx\n',
    );
  });

  test('on a target of /probe whose exporter is not known links to no log', async () => {
    const instance = 'https://plain.example.com/';
    await alertmanager.send([{ labels: { ...FAILED, instance } }]);

    const { text } = await mailWith(sink, instance);

    expect(text).toContain(`\n- ${instance}: ProbeFailed\n  ProbeFailed, `);
    expect(text).not.toContain('Log: ');
  });

  test('on exporters names them, or what they have in common', async () => {
    const down = { ...FAILED, alertname: 'ProbeExporterDown', job: 'healthcheck-down' };
    const summary = 'A healthcheck-exporter cannot be scraped.';
    const description = 'web3:10195 was started 4 times.';
    await alertmanager.send([
      { labels: { ...down, instance: 'web1:10195' }, annotations: { summary } },
      { labels: { ...down, exporter: 'web2:10195' }, annotations: { summary } },
      { labels: { ...down, instance: 'web3:10195' }, annotations: { summary, description } },
      { labels: { ...FAILED, alertname: 'ProbeManyFailing', job: 'healthcheck-blind' } },
    ]);

    const { subject, text } = await mailWith(sink, 'healthcheck-down');
    const blind = await mailWith(sink, 'healthcheck-blind');

    expect(subject).toBe('[3 failing, critical] healthcheck-down: ProbeExporterDown');
    expect(text.match(/^- .*/gm)?.sort()).toEqual([
      `- web1:10195: ${summary}`,
      `- web2:10195: ${summary}`,
      '- web3:10195: was started 4 times.',
    ]);
    expect(text).not.toContain('seen from');
    expect(text).toContain('exporter%3D%22web2%3A10195%22');
    expect(blind.text).toContain('- ProbeManyFailing: ');
    expect(blind.text).toContain('job%3D%22healthcheck-blind%22');
  });

  test.each([
    ['critical', '', ['operators@example.com', 'on-call@example.com']],
    ['warning', '', ['operators@example.com']],
    ['critical', 'web', ['web@example.com', 'on-call@example.com']],
    ['warning', 'web', ['web@example.com']],
    ['critical', 'data', ['data@example.com', 'on-call@example.com']],
    ['warning', 'data', ['data@example.com']],
  ])('of severity %s for team "%s" goes to %j', async (severity, team, recipients) => {
    const instance = `${severity}-${team}:10195`;
    const check = 'SSH';
    await alertmanager.send([{ labels: { ...FAILED, instance, check, severity, team } }]);

    const mail = await mailWith(sink, instance);

    expect(mail.recipients).toEqual(recipients);
    expect(header(mail, 'x-priority')).toBe(severity === 'critical' ? '1' : undefined);
  });
});

/** The first two lines of each entry of the list. */
function entriesOf(text: string): readonly (readonly string[])[] {
  return [...text.matchAll(/^(?<first>- .*)\n(?<second>.*)$/gm)]
    .map(({ groups }) => [groups?.first ?? '', groups?.second ?? ''])
    .sort();
}

function header({ parsed }: ReceivedMail, name: string): string | undefined {
  return parsed.headers.find(({ key }) => key === name)?.value;
}

function now(): string {
  return new Date().toISOString();
}

function stamp(time: string): string {
  return time.replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
}
