import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { startChild } from './child.ts';
import type { MailSink } from './mail-sink.ts';
import { realPart } from './real-part.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export const hasAlertmanager = realPart('Alertmanager', ['prometheus-alertmanager']);

/** The configuration that ships with the exporter. */
export const ALERTMANAGER_EXAMPLE = 'examples/alertmanager/alertmanager.yml';

/** What Alertmanager calls itself in links. */
export const ALERTMANAGER_URL = 'http://alertmanager.example.com:9093';

type Labels = Readonly<Record<string, string>>;

/** An alert as Prometheus sends it. */
export interface SentAlert {
  readonly labels: Labels;
  readonly annotations?: Labels;
  readonly startsAt?: string;
  /** In the past: it is over. */
  readonly endsAt?: string;
}

/** An alert as Alertmanager shows it. */
export interface ShownAlert {
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly status: { readonly inhibitedBy: readonly string[] };
}

/** Alerts that would be told together. */
export interface AlertGroup {
  readonly labels: Labels;
  readonly receiver: { readonly name: string };
  readonly alerts: readonly ShownAlert[];
}

/** A real Alertmanager with the example's configuration. */
export interface AlertmanagerServer extends AsyncDisposable {
  readonly port: number;
  readonly send: (alerts: readonly SentAlert[]) => Promise<void>;
  /** All that fire, inhibited or not; with matchers, those of them that match all. */
  readonly alerts: (matchers?: readonly string[]) => Promise<readonly ShownAlert[]>;
  readonly groups: () => Promise<readonly AlertGroup[]>;
}

/** What a test sets about an Alertmanager. */
interface AlertmanagerOptions {
  /** The URL that is called as long as the watchdog fires. */
  readonly heartbeat?: string;
  /** How long it waits for more of the same before it mails: two seconds take in what one request brings. */
  readonly waitSeconds?: number;
}

/** @param sink gets all mail. Without one there is none: the example's own waits are kept, and are longer than a test. */
export async function startAlertmanager(
  sink?: MailSink,
  { heartbeat = 'http://127.0.0.1:1/', waitSeconds = 2 }: AlertmanagerOptions = {},
): Promise<AlertmanagerServer> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await temporaryDirectory());
  const passwordFile = await directory.write('smtp-password', sink?.password ?? '');
  const tokenFile = await directory.write('heartbeat-token', 'a token\n');
  const text = await exampleWith([
    ["'mail.example.com:587'", `'127.0.0.1:${sink?.port ?? 1}'`],
    ['/etc/alertmanager/smtp-password', passwordFile],
    ['/etc/alertmanager/heartbeat-token', tokenFile],
    ['https://heartbeat.example.com/healthcheck', heartbeat],
    ['templates/*.tmpl', resolve('examples/alertmanager/templates/*.tmpl')],
    ...(sink ? shortWaits(waitSeconds) : []),
  ]);
  const child = stack.use(
    startChild(
      'prometheus-alertmanager',
      [
        `--config.file=${await directory.write('alertmanager.yml', text)}`,
        `--storage.path=${join(directory.path, 'data')}`,
        `--web.external-url=${ALERTMANAGER_URL}`,
        '--web.listen-address=127.0.0.1:0',
        '--cluster.listen-address=',
      ],
      sink && { SSL_CERT_FILE: sink.authorityFile },
    ),
  );
  const { groups } = await child.says(/msg="Listening on" address=127\.0\.0\.1:(?<port>\d+)/);
  const port = Number(groups?.port);
  const api = `http://127.0.0.1:${port}/api/v2`;
  const started = stack.move();
  return {
    port,
    send: (alerts) => send(`${api}/alerts`, alerts),
    alerts: (matchers = []) =>
      get(`${api}/alerts?${new URLSearchParams(matchers.map((one) => ['filter', one]))}`),
    groups: () => get(`${api}/alerts/groups`),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

type Replacement = readonly [RegExp | string, string];

function shortWaits(seconds: number): readonly Replacement[] {
  return [
    [/group_wait: \d+[sm]/g, `group_wait: ${seconds}s`],
    [/group_interval: \d+[sm]/g, `group_interval: ${seconds}s`],
  ];
}

/** The example as it ships, but for other people's addresses, for secrets, and for how long it waits to tell. */
async function exampleWith(replacements: readonly Replacement[]): Promise<string> {
  let text = await readFile(ALERTMANAGER_EXAMPLE, 'utf8');
  for (const [old, now] of replacements) {
    const replaced = text.replaceAll(old, now);
    if (replaced === text) throw new Error(`${ALERTMANAGER_EXAMPLE} has no ${old}`);
    text = replaced;
  }
  return text;
}

async function send(url: string, alerts: readonly SentAlert[]): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(alerts) });
  if (!response.ok) throw new Error(await response.text());
}

async function get<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as T;
}
