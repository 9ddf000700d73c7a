import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHECK_METRICS, LIVING_METRICS, SELF_METRICS } from '../src/metrics/declarations.ts';
import { PROBERS } from '../src/probers/index.ts';
import { realPart } from './support/real-part.ts';

const run = promisify(execFile);
const RULES = 'alert-rules/healthcheck-alerts.yml';
const CASES = 'alert-rules/tests';
const MINIMUM_CASES = 4;

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}
interface Alert extends Rule {
  readonly alert: string;
}
interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}
interface Case {
  readonly alertname: string;
  readonly exp_alerts?: readonly unknown[];
}
interface CaseFile {
  readonly rule_files: readonly string[];
  readonly tests: readonly { readonly alert_rule_test: readonly Case[] }[];
}

const ruleText = await readFile(RULES, 'utf8');
const rules = (load(ruleText) as RuleFile).groups.flatMap((group) => group.rules);
const recordings = rules.flatMap(({ record }) => (record === undefined ? [] : ruleOf(record)));
const alerts = rules.filter((rule): rule is Alert => rule.alert !== undefined);
const caseFiles = await Promise.all(
  (await readdir(CASES))
    .filter((name) => name.endsWith('.yml'))
    .map(async (name) => ({ name, content: await readCases(join(CASES, name)) })),
);
const cases = caseFiles.flatMap(({ content }) =>
  content.tests.flatMap((group) => group.alert_rule_test),
);

async function readCases(file: string): Promise<CaseFile> {
  return load(await readFile(file, 'utf8')) as CaseFile;
}

describe('the alert rules', () => {
  test.each(alerts)('$alert has cases in which it fires and in which it is quiet', ({ alert }) => {
    const own = cases.filter(({ alertname }) => alertname === alert);
    const firing = own.filter(({ exp_alerts = [] }) => exp_alerts.length > 0);

    expect(own.length).toBeGreaterThanOrEqual(MINIMUM_CASES);
    expect(firing.length).toBeGreaterThan(0);
    // The watchdog is never quiet.
    if (alert !== 'Watchdog') expect(own.length - firing.length).toBeGreaterThanOrEqual(3);
  });

  test('every case is about an alert that exists', () => {
    const names = new Set(alerts.map(({ alert }) => alert));

    expect(cases.map(({ alertname }) => alertname).filter((name) => !names.has(name))).toEqual([]);
  });

  test.each(alerts)(
    '$alert has a severity that the check may choose',
    ({ alert, labels, expr }) => {
      const own = ['warning', 'critical'].map((word) => `{{ or $labels.severity "${word}" }}`);
      const capped =
        '{{ if eq $labels.severity "critical" }}warning{{ else }}{{ or $labels.severity "warning" }}{{ end }}';
      const ofExporter = ['critical', 'warning', 'none'];
      const isAboutExporter = /^ProbeExporter|^Watchdog$/.test(alert);

      expect(isAboutExporter ? ofExporter : [...own, capped]).toContain(labels?.severity);
      expect(Object.keys(labels ?? {})).toEqual(['severity']);
      if (alert !== 'Watchdog') expect(expr).toContain('job="healthcheck"');
    },
  );

  test.each(alerts)('$alert explains itself', ({ annotations }) => {
    expect(annotations?.summary).toMatch(/^[A-Z][^{}]*\.$/);
    expect(annotations?.description).toMatch(/\.$/);
  });

  test('every selector names the job', () => {
    const unnamed = rules.flatMap(({ expr }) =>
      [...expr.matchAll(/\{(?<matchers>[^}]*)\}/g)].filter(
        ({ groups }) => !groups?.matchers?.includes('job="healthcheck"'),
      ),
    );

    expect(unnamed).toEqual([]);
  });

  test('every metric of a rule is one the exporter has', () => {
    const recorded = rules.flatMap(({ record }) => record ?? []);
    const known = new Set([
      ...Object.keys({ ...CHECK_METRICS, ...LIVING_METRICS }),
      ...Object.values(SELF_METRICS).map(({ name }) => name),
      ...PROBERS.flatMap(({ metrics }) => Object.keys(metrics)),
      ...recorded,
      'up',
    ]);

    const used = rules.flatMap(({ expr, annotations }) => [
      ...metricNames(expr),
      ...metricNames(annotations?.description ?? ''),
    ]);

    expect([...new Set(used)].filter((name) => !known.has(name.replace(/_bucket$/, '')))).toEqual(
      [],
    );
  });
});

/** Selectors: every one of ours has matchers, so a metric's name is what stands before a brace. */
function metricNames(text: string): readonly string[] {
  return [...text.matchAll(/(?<name>[a-zA-Z_:][\w:]*)\{(?!\{)/g)].flatMap(
    ({ groups }) => groups?.name ?? [],
  );
}

const hasPromtool = realPart('promtool', ['promtool']);

describe.skipIf(!hasPromtool)('promtool', () => {
  test('finds nothing to say about the rules', async () => {
    const { stdout, stderr } = await run('promtool', [
      'check',
      'rules',
      '--lint=all',
      '--lint-fatal',
      RULES,
    ]);

    expect(stdout).toContain(`${rules.length} rules found`);
    expect(stderr).toBe('');
  });

  test.each(caseFiles)('passes the cases of $name', async ({ name }) => {
    const { stdout } = await run('promtool', ['test', 'rules', join(CASES, name)]);

    expect(stdout).toContain('SUCCESS');
  });
});

/** A rule with something changed. */
interface Variant {
  readonly alert: string;
  readonly change: string;
  readonly rule: string;
}

const never = ({ alert }: Alert): Variant => ({
  alert,
  change: 'never fires',
  rule: ruleOf(alert).replace(EXPRESSION, 'expr: vector(1) < 0'),
});
const atOnce = ({ alert }: Alert): Variant => ({
  alert,
  change: 'does not wait',
  rule: ruleOf(alert).replace(/\n {8}for: .*/, ''),
});
const otherwise = ({ alert }: Alert): Variant => ({
  alert,
  change: 'has another severity',
  rule: ruleOf(alert).replace(/severity: .*/, 'severity: other'),
});
const turned = ({ alert }: Alert): Variant[] =>
  turnedAround(alert).map((rule, index) => ({
    alert,
    change: `has its comparison ${index + 1} turned around`,
    rule,
  }));

describe.skipIf(!hasPromtool)('the cases notice', () => {
  const same = alerts.map(({ alert }) => ({ alert, change: 'is as it is', rule: ruleOf(alert) }));
  const changed = [
    ...alerts.map(never),
    ...alerts.filter((rule) => rule.for).map(atOnce),
    ...alerts.flatMap(turned),
    ...alerts.map(otherwise),
  ];
  let directory: string;
  let passed: ReadonlySet<Variant>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'alert-rules-'));
    passed = await runCases(directory, [...same, ...changed]);
  }, 60_000);
  afterAll(() => rm(directory, { recursive: true, force: true }));

  test.each(same)('nothing while $alert $change', (variant) => {
    expect(passed.has(variant)).toBe(true);
  });

  test.each(changed)('when $alert $change', (variant) => {
    expect(variant.rule).not.toBe(ruleOf(variant.alert));
    expect(passed.has(variant), variant.rule).toBe(false);
  });
});

/** Those of the variants with which their alert's own cases pass. One promtool judges them all. */
async function runCases(
  directory: string,
  variants: readonly Variant[],
): Promise<ReadonlySet<Variant>> {
  const filesOf = await Promise.all(
    variants.map(async ({ alert, rule }, index) => {
      const rulesFile = `rules-${index}.yml`;
      await writeFile(join(directory, rulesFile), ruleFile([...recordings, rule]));
      const own = caseFiles.map(({ name, content }) => ({
        file: join(directory, `${index}-${name}`),
        content: casesAbout(alert, content, rulesFile),
      }));
      const about = own.filter(({ content }) => content.tests.length > 0);
      for (const { file, content } of about) await writeFile(file, JSON.stringify(content));
      return about.map(({ file }) => file);
    }),
  );
  const { stdout, stderr } = await run('promtool', ['test', 'rules', ...filesOf.flat()]).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  expect(stderr).not.toMatch(/parse error|unmarshal|no such file/);
  const good = new Set(
    [...stdout.matchAll(/Unit Testing: +(\S+)\n +SUCCESS/g)].map(([, file]) => file),
  );
  return new Set(
    variants.filter((_variant, index) => filesOf[index]?.every((file) => good.has(file))),
  );
}

/** A case file with nothing but the cases of one alert. */
function casesAbout(alert: string, content: CaseFile, rulesFile: string): CaseFile {
  const tests = content.tests.flatMap((group) => {
    const own = group.alert_rule_test.filter(({ alertname }) => alertname === alert);
    return own.length > 0 ? [{ ...group, alert_rule_test: own }] : [];
  });
  return { ...content, rule_files: [rulesFile], tests };
}

function ruleFile(texts: readonly string[]): string {
  return `groups:\n  - name: one\n    rules:\n${texts.join('\n')}`;
}

const EXPRESSION = /expr: .*?(?=\n {8}\w)/s;
const OPPOSITE: Readonly<Record<string, string>> = {
  '==': '!=',
  '>=': '<',
  '<=': '>',
  '>': '<=',
  '<': '>=',
  unless: 'and',
};

/** The rule once for each comparison and each exception in its expression, with that one turned around. */
function turnedAround(alert: string): readonly string[] {
  const rule = ruleOf(alert);
  const expression = EXPRESSION.exec(rule)?.[0] ?? '';
  return [...expression.matchAll(/==|>=|<=|<|>|unless/g)].map(({ 0: operator, index }) =>
    rule.replace(
      expression,
      expression.slice(0, index) + OPPOSITE[operator] + expression.slice(index + operator.length),
    ),
  );
}

function ruleOf(name: string): string {
  const start = ruleText.search(new RegExp(` {6}- (?:alert|record): ${name}\\n`));
  const next = ruleText.slice(start + 1).search(/\n {6}- |\n {2}- /);
  return next < 0 ? ruleText.slice(start) : ruleText.slice(start, start + 1 + next);
}
