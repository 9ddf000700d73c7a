import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PATIENCE_MILLISECONDS, testRules } from '../support/promtool.ts';
import { realPart } from '../support/real-part.ts';
import {
  type CaseGroup,
  casesAbout,
  type Rule,
  readCases,
  readRules,
} from '../support/rule-files.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

/**
 * A rule with something changed, which its cases should notice. That it fires at all, and with which labels and texts, a
 * case that passes shows by itself.
 */
interface Variant {
  readonly name: string;
  readonly change: string;
  readonly rule: Rule;
  readonly text: string;
}

/** A variant with what tells it from the others while promtool has them all. */
interface NamedVariant extends Variant {
  readonly id: string;
}

const EXPRESSION = /expr: .*?(?=\n {8}\w|\s*$|\n\n)/s;
const OPPOSITE: Readonly<Record<string, string>> = {
  '==': '!=',
  '>=': '<',
  '<=': '>',
  '>': '<=',
  '<': '>=',
  unless: 'and',
  and: 'or',
  or: 'unless',
};

const rules = await readRules();
const files = await readCases();
const variants: readonly NamedVariant[] = [
  ...rules.map((rule) => variant(rule, 'is as it is', rule.text)),
  ...rules.flatMap(changed).filter(({ rule, text }) => text !== rule.text),
].map((one, index) => ({ ...one, id: `v${index}` }));

// Each is promtool over all cases of its rule: beside the tests that wait for alerts it keeps nobody waiting.
const isAskedFor = process.env.MODE === 'real-time';

describe.skipIf(!isAskedFor || !realPart('promtool', ['promtool']))('the cases notice', () => {
  let directory: TemporaryDirectory;
  let noticed: ReadonlySet<Variant>;

  beforeAll(async () => {
    directory = await temporaryDirectory();
    noticed = await thatAreNoticed(directory.path, variants);
  }, PATIENCE_MILLISECONDS);
  afterAll(() => directory[Symbol.asyncDispose]());

  test.each(variants.slice(0, rules.length))('nothing while $name $change', (one) => {
    expect(noticed.has(one)).toBe(false);
  });

  test.each(variants.slice(rules.length))('when $name $change', (one) => {
    expect(noticed.has(one), one.text).toBe(true);
  });
});

function changed(rule: Rule): readonly Variant[] {
  return [
    variant(rule, 'does not wait', rule.text.replace(/\n {8}for: .*/, '')),
    variant(rule, 'ends at once', rule.text.replace(/\n {8}keep_firing_for: .*/, '')),
    ...turnedAround(rule),
  ];
}

function variant(rule: Rule, change: string, text: string): Variant {
  return { name: rule.name, change, rule, text };
}

/** The rule once for each comparison and each set operator in its expression, with that one turned around. */
function turnedAround(rule: Rule): readonly Variant[] {
  const operators = / (?:==|>=|<=|<|>|unless|and|or)(?=\s)/g;
  return changedAt(rule, operators, (operator) => ` ${OPPOSITE[operator.trim()]}`);
}

function changedAt(
  rule: Rule,
  pattern: RegExp,
  replacement: (found: string) => string,
): readonly Variant[] {
  const expression = EXPRESSION.exec(rule.text)?.[0] ?? '';
  return [...expression.matchAll(pattern)].map(({ 0: found, index }) => {
    const after = expression.slice(index + found.length);
    const text = expression.slice(0, index) + replacement(found) + after;
    const place = `${expression.slice(0, index).split('\n').length}:${index}`;
    return variant(
      rule,
      `has another "${found.trim()}" at ${place}`,
      rule.text.replace(expression, () => text),
    );
  });
}

/** Those of the variants with which a case of their rule fails. */
async function thatAreNoticed(
  directory: string,
  variants: readonly NamedVariant[],
): Promise<ReadonlySet<Variant>> {
  const noticed = new Set<Variant>();
  let open = variants;
  while (open.length > 0) {
    const said = await judge(directory, open);
    const named = (pattern: RegExp) => {
      const names = new Set([...said.matchAll(pattern)].map(({ groups }) => groups?.id));
      return open.filter(({ id }) => names.has(id));
    };
    const inError = named(/ rule: \S+_(?<id>v\d+), time/g);
    for (const one of [...named(/\w_(?<id>v\d+)"?, time/g), ...inError]) noticed.add(one);
    // A rule that cannot be evaluated ends the group: the others of it are judged again without this one.
    const again = new Set(inError.map(({ rule }) => rule));
    open = open.filter((one) => again.has(one.rule) && !noticed.has(one));
  }
  return noticed;
}

/** What promtool says about the variants. Those of one rule are one file of rules, each under a name of its own. */
async function judge(directory: string, variants: readonly NamedVariant[]): Promise<string> {
  const paths: string[] = [];
  const write = async (name: string, text: string) => {
    const path = join(directory, name);
    await writeFile(path, text);
    return path;
  };
  for (const [index, rule] of rules.entries()) {
    const own = variants.filter((one) => one.rule === rule);
    if (own.length === 0) continue;
    await write(`rules-${index}.yml`, ruleFile(rule, own));
    for (const [number, { evaluation_interval, tests }] of casesAbout(rule, files).entries()) {
      const content = {
        rule_files: [`rules-${index}.yml`],
        evaluation_interval,
        tests: tests.map((group) => forEach(own, rule, group)),
      };
      paths.push(await write(`cases-${index}-${number}.yml`, JSON.stringify(content)));
    }
  }
  return testRules(paths);
}

/** The variants of a rule, and the recorded series it asks for. */
function ruleFile(rule: Rule, variants: readonly NamedVariant[]): string {
  const asked = rules.filter(({ record }) => record !== undefined && rule.expr.includes(record));
  const texts = variants.map(({ id, text }) =>
    text.replace(/(?<=- (?:alert|record): )\S+/, (name) => `${name}_${id}`),
  );
  return `groups:\n  - name: one\n    rules:\n${[...asked.map((one) => one.text), ...texts].join('\n')}`;
}

/** The cases of a group once for each variant. */
function forEach(variants: readonly NamedVariant[], { alert, record }: Rule, group: CaseGroup) {
  const { alert_rule_test = [], promql_expr_test = [], ...series } = group;
  const renamed = <Case>(one: Case, id: string): Case => {
    const name = alert ?? record ?? '';
    return JSON.parse(JSON.stringify(one).replaceAll(name, `${name}_${id}`));
  };
  return {
    ...series,
    alert_rule_test: variants.flatMap(({ id }) => alert_rule_test.map((one) => renamed(one, id))),
    promql_expr_test: variants.flatMap(({ id }) => promql_expr_test.map((one) => renamed(one, id))),
  };
}
