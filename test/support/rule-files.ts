import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { load } from 'js-yaml';

const FOLDER = 'alert-rules';
const CASES = join(FOLDER, 'tests');

/** A rule as it stands in a file of rules. */
export interface Rule {
  /** What it is called: the alert, with its window where there are several of a name, or the recorded series. */
  readonly name: string;
  /** The file it is in, without its folder. */
  readonly file: string;
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** The lines of the file that make it up. */
  readonly text: string;
}

/** A rule that alerts. */
export interface AlertRule extends Rule {
  readonly alert: string;
}

/** What promtool is to find at one moment. */
export interface AlertCase {
  readonly eval_time: string;
  readonly alertname: string;
  readonly exp_alerts?: readonly { readonly exp_labels: Readonly<Record<string, string>> }[];
}

/** What promtool is to find for a query. */
export interface QueryCase {
  readonly expr: string;
}

/** Series, and what is to be found in them. */
export interface CaseGroup {
  readonly name: string;
  readonly input_series?: readonly { readonly series: string; readonly values: string }[];
  readonly alert_rule_test?: readonly AlertCase[];
  readonly promql_expr_test?: readonly QueryCase[];
}

/** A file of cases, as `promtool test rules` takes it. */
export interface CaseFile {
  readonly path: string;
  readonly evaluation_interval: string;
  readonly tests: readonly CaseGroup[];
}

/** The paths of the files of rules. */
export async function rulePaths(): Promise<readonly string[]> {
  const names = await readdir(FOLDER);
  return names.filter((name) => name.endsWith('.yml')).map((name) => join(FOLDER, name));
}

/** Every rule, in the order of the files. */
export async function readRules(): Promise<readonly Rule[]> {
  const files = await Promise.all((await rulePaths()).map(readRuleFile));
  return files.flat();
}

/** Those of the rules that alert. */
export function isAlert(rule: Rule): rule is AlertRule {
  return rule.alert !== undefined;
}

/** Every file of cases. */
export async function readCases(): Promise<readonly CaseFile[]> {
  const names = (await readdir(CASES)).filter((name) => name.endsWith('.yml'));
  return Promise.all(
    names.map(async (name) => {
      const path = join(CASES, name);
      const { evaluation_interval, tests } = load(await readFile(path, 'utf8')) as CaseFile;
      return { path, evaluation_interval, tests };
    }),
  );
}

/**
 * The files with nothing but the cases of one rule: of an alert, those on its name, in groups that have any; of a
 * recorded series, the queries for it. Where two alerts share a name, each has the files in which it fires.
 */
export function casesAbout(rule: Rule, files: readonly CaseFile[]): readonly CaseFile[] {
  return files
    .map((file) => ({ ...file, tests: file.tests.flatMap((group) => groupAbout(rule, group)) }))
    .filter(({ tests }) => tests.length > 0)
    .filter(({ tests }) => !rule.labels?.window || tests.some((group) => hasFiring(rule, group)));
}

/** Whether it is this rule that is to fire. */
export function fires({ labels }: Rule, { exp_alerts = [] }: AlertCase): boolean {
  return exp_alerts.some(({ exp_labels }) => exp_labels.window === labels?.window);
}

function groupAbout(rule: Rule, group: CaseGroup): readonly CaseGroup[] {
  const { alert_rule_test = [], promql_expr_test = [], ...series } = group;
  const own = isAlert(rule)
    ? { alert_rule_test: alert_rule_test.filter(({ alertname }) => alertname === rule.alert) }
    : { promql_expr_test: promql_expr_test.filter(({ expr }) => expr === rule.record) };
  return Object.values(own).flat().length > 0 ? [{ ...series, ...own }] : [];
}

function hasFiring(rule: Rule, { alert_rule_test = [] }: CaseGroup): boolean {
  return alert_rule_test.some((one) => fires(rule, one));
}

async function readRuleFile(path: string): Promise<readonly Rule[]> {
  const text = await readFile(path, 'utf8');
  const { groups } = load(text) as { groups: { rules: Omit<Rule, 'name' | 'file' | 'text'>[] }[] };
  const texts = text.match(/^ {6}- (?:alert|record): .*\n(?:(?! {6}- | {2}- ).*\n)*/gm) ?? [];
  return groups
    .flatMap((group) => group.rules)
    .map((rule, index) => {
      const window = rule.labels?.window;
      const name = `${rule.alert ?? rule.record}${window ? ` ${window}` : ''}`;
      return { ...rule, name, file: basename(path), text: texts[index] ?? '' };
    });
}
