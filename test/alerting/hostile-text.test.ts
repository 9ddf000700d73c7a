import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type AlertmanagerServer,
  hasAlertmanager,
  type SentAlert,
  startAlertmanager,
} from '../support/alertmanager-server.ts';
import { type MailSink, mailWith, startMailSink } from '../support/mail-sink.ts';

/** Lines of a mail may have this many characters, RFC 5322 says. */
const LONGEST_LINE = 998;

const HEADERS = [
  ...['from', 'to', 'subject', 'date', 'message-id'],
  ...['mime-version', 'content-type', 'content-transfer-encoding', 'auto-submitted'],
];

const TEXTS: readonly (readonly [string, string])[] = [
  ['quotes, braces and backslashes', String.raw`"a" 'b' {c="d"} [e] \ \n \\" \u0041 ,`],
  ['a line that looks like another entry', 'Web\n\n- API: A health check fails.\n  Log: http://x'],
  ['lines that look like headers', 'Web\r\nBcc: evil@example.com\r\n\r\nBody\r\n.\r\nQUIT'],
  ['lone line breaks of every kind', 'a\rb\vc\fd\u0085e\u2028f\u2029g\th\0i'],
  ['template syntax', '{{ template "healthcheck.text" . }} {{ .ExternalURL }} {{/* */}} ${1} $1'],
  ['printf verbs and percent escapes', '%d %s %!v(MISSING) %41 100%'],
  ['markup', '<b>bold</b> &amp; <script>alert(1)</script>'],
  ['what other languages write', 'Zürich – 東京 🚒 e\u0301 مرحبا'],
  ['encoded words', '=?utf-8?q?Bcc:_evil@example.com?= =0D=0A'],
  ['what a URL is made of', 'a+b c&d=e#f?g/h;i'],
  ['more than anybody reads', 'long '.repeat(2000)],
];

interface Case {
  readonly kind: string;
  readonly hostile: string;
  readonly instance: string;
}

const CASES = TEXTS.map(([kind, hostile], index): Case => {
  return { kind, hostile, instance: `host-${index}.example.com:10195` };
});
const FAILED = { alertname: 'ProbeFailed', job: 'healthcheck' };

/** An alert in which little but the instance is harmless. */
function everywhere({ hostile, instance }: Case): SentAlert {
  const own = { team: hostile, severity: hostile, note: hostile };
  return {
    labels: { ...FAILED, ...own, instance, check: hostile, target: hostile },
    annotations: {
      summary: hostile,
      description: `${hostile} (${hostile}) seen from ${instance} ${hostile}`,
    },
  };
}

/** Alerts on two checks whose names differ in the last character. */
function twoAlike(one: Case): readonly SentAlert[] {
  return [one.hostile, `${one.hostile}.`].map((check) => ({
    labels: { ...FAILED, instance: silenced(one), check },
  }));
}

function silenced({ instance }: Case): string {
  return instance.replace('.com', '.org');
}

describe.skipIf(!hasAlertmanager)('a mail on a check', () => {
  let sink: MailSink;
  let alertmanager: AlertmanagerServer;

  beforeAll(async () => {
    sink = await startMailSink();
    alertmanager = await startAlertmanager(sink);
    await alertmanager.send([...CASES.map(everywhere), ...CASES.flatMap(twoAlike)]);
  });
  afterAll(async () => {
    await alertmanager[Symbol.asyncDispose]();
    await sink[Symbol.asyncDispose]();
  });

  test.each(CASES)('has $kind as text, wherever it comes from', async (one) => {
    const { hostile, instance } = one;
    const mail = await mailWith(sink, instance);

    const folded = fold(hostile);
    const lines = mail.text.trimEnd().split('\n');
    const [head, empty, entry, place, labels, since, log, silence, ...more] = lines;
    expect(head).toBe(`1 failing, ${folded}, team ${folded}:`);
    expect(empty).toBe('');
    expect(entry).toBe(`- ${folded}: ${folded}`);
    expect(place).toBe(`  ${fold(`${hostile} seen`)} from ${instance}`);
    expect(labels).toBe(`  note=${folded}`);
    expect(since).toMatch(/^ {2}ProbeFailed, alerting since /);
    expect(new URL(log?.slice(7) ?? '').searchParams.get('check')).toBe(hostile);
    expect(silence).toMatch(/^ {2}Silence: /);
    expect(more).toEqual([]);

    const subject = `[1 failing, ${cut(hostile, 40)}] ${cut(hostile, 100)} (${instance}): ProbeFailed`;
    expect(mail.subject).toBe(fold(subject).replaceAll('=?', '= ?'));
    const headers = mail.parsed.headers.map(({ key }) => key);
    expect(headers.filter((name) => !HEADERS.includes(name))).toEqual([]);
    expect(new Set(headers).size).toBe(headers.length);
    expect(mail.recipients).toEqual(['operators@example.com']);
    expect(mail.raw.split('\r\n').filter((line) => line.length > LONGEST_LINE)).toEqual([]);
  });

  test.each(CASES)('has a link that silences just the check named with $kind', async (one) => {
    const { text } = await mailWith(sink, silenced(one));

    const silences = [...text.matchAll(/^ {2}Silence: (?<url>.*)$/gm)].map(({ groups }) =>
      matchersOf(groups?.url ?? ''),
    );
    const matched = await Promise.all(silences.map((matchers) => alertmanager.alerts(matchers)));

    const names = matched.map((alerts) => alerts.map(({ labels }) => labels.check));
    expect(names.sort()).toEqual(
      twoAlike(one)
        .map(({ labels }) => [labels.check])
        .sort(),
    );
  });
});

/** What the form for a silence is filled with: decoded as the page does it, to which a + is a plus. */
function matchersOf(url: string): readonly string[] {
  const filter = /#\/silences\/new\?filter=(?<filter>.*)$/.exec(url)?.groups?.filter ?? '';
  const inBraces = /^\{(?<list>.*)\}$/s.exec(decodeURIComponent(filter))?.groups?.list ?? '';
  return inBraces.match(/\w+="(?:\\.|[^"\\\n])*"/g) ?? [];
}

function fold(text: string): string {
  return text.replaceAll(/[\p{Z}\p{Cc}]+/gu, ' ');
}

function cut(text: string, length: number): string {
  return [...text].slice(0, length).join('');
}
