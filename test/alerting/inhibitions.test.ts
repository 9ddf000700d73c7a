import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type AlertmanagerServer,
  hasAlertmanager,
  startAlertmanager,
} from '../support/alertmanager-server.ts';
import { eventually } from '../support/eventually.ts';
import { alertNamesIn, inhibitRules, isAbout } from '../support/inhibit-rules.ts';
import { isAlert, readRules } from '../support/rule-files.ts';
import { type Alerts, CAUSES, type Cause, type Labels } from './inhibition-causes.ts';

/** One cause with its alerts written out, in jobs that no other case has. */
interface Case {
  readonly title: string;
  readonly job: string;
  readonly source: Labels;
  readonly muted: readonly Labels[];
  readonly heard: readonly Labels[];
}

const cases = CAUSES.flatMap((cause, index) =>
  cause.names.map((name) => caseOf(cause, name, `healthcheck-${index}-${name}`)),
);

function caseOf({ labels, mutes, equal, leaves = [] }: Cause, name: string, job: string): Case {
  const written = (alerts: readonly Alerts[]) =>
    alerts.flatMap(([names, labels]) => names.map((alertname) => ({ alertname, job, ...labels })));
  const muted = written(mutes);
  const first: Labels = muted[0] ?? {};
  return {
    title: `${name} {${['job', ...Object.keys(labels)].join(', ')}}`,
    job,
    source: { alertname: name, job, ...labels },
    muted,
    heard: [
      ...equal.map((label) => ({ ...first, [label]: `${first[label]}-other` })),
      ...written(leaves),
    ],
  };
}

const alertNames = (await readRules()).filter(isAlert).map(({ alert }) => alert);
const namesLike = (pattern: string) =>
  alertNames.filter((name) => RegExp(`^${pattern}$`).test(name));

describe('the inhibitions of the example', () => {
  const rules = inhibitRules();

  test('each have a case that no other rule would mute', () => {
    const used = cases.flatMap(({ source, muted }) =>
      muted.map((target) => rules.filter((rule) => isAbout(rule, source, target))),
    );

    expect(used.filter(({ length }) => length !== 1)).toEqual([]);
    expect(rules.filter((rule) => !used.flat().includes(rule))).toEqual([]);
  });

  test('are about alerts that exist', () => {
    const patterns = rules.flatMap(({ source_matchers, target_matchers }) =>
      alertNamesIn([...source_matchers, ...target_matchers]),
    );
    const inCases = cases.flatMap(({ source, muted, heard }) => [source, ...muted, ...heard]);
    const named = new Set(inCases.map(({ alertname }) => alertname ?? ''));

    expect(patterns.length).toBeGreaterThan(rules.length);
    expect(patterns.filter((pattern) => namesLike(pattern).length === 0)).toEqual([]);
    expect([...named].filter((name) => !alertNames.includes(name))).toEqual([]);
  });

  test('are those that docs/alerting.md lists', async () => {
    const text = await readFile('docs/alerting.md', 'utf8');
    const [, section = ''] = /^## One trouble, one alert\n(.*?)^## /ms.exec(text) ?? [];
    const items = section.matchAll(/^- (?<sources>`[^:\n]*): (?<targets>[^.]*)\./gm);
    const inDocs = [...items].flatMap(({ groups: { sources = '', targets = '' } = {} }) =>
      pairsOf(patternsIn(sources), patternsIn(targets)),
    );
    const inExample = rules.flatMap(({ source_matchers, target_matchers }) =>
      pairsOf(alertNamesIn(source_matchers), alertNamesIn(target_matchers)),
    );

    expect([...new Set(inDocs)].sort()).toEqual([...new Set(inExample)].sort());
  });
});

/** The alerts that are named in a text, where `Probe…` is every name that begins so. */
function patternsIn(text: string): readonly string[] {
  return [...text.matchAll(/`(?<name>Probe\w*…?)`/g)].map(({ groups }) =>
    (groups?.name ?? '').replace('…', '.+'),
  );
}

/** What mutes what, each name by itself. */
function pairsOf(sources: readonly string[], targets: readonly string[]): readonly string[] {
  return sources
    .flatMap(namesLike)
    .flatMap((source) => targets.flatMap(namesLike).map((target) => `${source} mutes ${target}`));
}

describe.skipIf(!hasAlertmanager)('a real Alertmanager', () => {
  let alertmanager: AlertmanagerServer;

  beforeAll(async () => {
    alertmanager = await startAlertmanager();
    const alerts = cases.flatMap(({ source, muted, heard }) => [source, ...muted, ...heard]);
    await alertmanager.send(alerts.map((labels) => ({ labels })));
  });
  afterAll(() => alertmanager[Symbol.asyncDispose]());

  const named = cases.map((one) => [one.title, one] as const);

  test.each(named)('mutes what %s explains, and nothing else', async (_title, one) => {
    const { job, source, muted, heard } = one;
    const shown = await eventually(async () => {
      const alerts = await alertmanager.alerts([`job=~"${job}(-other)?"`]);
      const inhibitors = (labels: Labels) =>
        alerts.find((alert) => isSame(alert.labels, labels))?.status.inhibitedBy;
      const by = alerts.find((alert) => isSame(alert.labels, source))?.fingerprint;
      expect(muted.filter((labels) => inhibitors(labels)?.join() !== by)).toEqual([]);
      return inhibitors;
    });

    expect([source, ...heard].filter((labels) => shown(labels)?.length !== 0)).toEqual([]);
  });

  test('mutes all that an expired certificate leads to, one by the other', async () => {
    const job = 'healthcheck-expired';
    const names = ['ProbeCertificateExpired', 'ProbeCertificateInvalid', 'ProbeFailed'];
    const check = { job, instance: 'web1:10195', check: 'Website', prober: 'http' };
    await alertmanager.send(names.map((alertname) => ({ labels: { alertname, ...check } })));

    await eventually(async () => {
      const alerts = await alertmanager.alerts([`job="${job}"`]);
      const named = (name: string) => alerts.find(({ labels }) => labels.alertname === name);
      const nameOf = (fingerprint: string) =>
        alerts.find((alert) => alert.fingerprint === fingerprint)?.labels.alertname;
      expect(names.map((name) => named(name)?.status.inhibitedBy.map(nameOf))).toEqual([
        [],
        ['ProbeCertificateExpired'],
        ['ProbeCertificateInvalid'],
      ]);
    });
  });
});

function isSame(one: Labels, other: Labels): boolean {
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length && names.every((name) => one[name] === other[name])
  );
}
