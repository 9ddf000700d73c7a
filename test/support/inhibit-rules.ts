import { ALERTMANAGER_EXAMPLE } from './alertmanager-server.ts';
import { readYaml } from './yaml.ts';

type Labels = Readonly<Record<string, string>>;

/** One of the example's `inhibit_rules`. */
export interface InhibitRule {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  readonly equal: readonly string[];
}

export function inhibitRules(): readonly InhibitRule[] {
  return readYaml<{ inhibit_rules: readonly InhibitRule[] }>(ALERTMANAGER_EXAMPLE).inhibit_rules;
}

/** Whether the rule is about these two, as Alertmanager understands it: a missing label is an empty one. */
export function isAbout(rule: InhibitRule, source: Labels, target: Labels): boolean {
  return (
    rule.source_matchers.every((matcher) => matches(matcher, source)) &&
    rule.target_matchers.every((matcher) => matches(matcher, target)) &&
    rule.equal.every((name) => source[name] === target[name])
  );
}

function matches(matcher: string, labels: Labels): boolean {
  const { name, operator, value } = partsOf(matcher);
  const actual = labels[name] ?? '';
  const isEqual = operator.endsWith('~')
    ? new RegExp(`^(?:${value})$`).test(actual)
    : value === actual;
  return operator.startsWith('!') ? !isEqual : isEqual;
}

/** The names, or patterns of names, that matchers on `alertname` list, each alternative by itself. */
export function alertNamesIn(matchers: readonly string[]): readonly string[] {
  return matchers
    .map(partsOf)
    .filter(({ name }) => name === 'alertname')
    .flatMap(({ value }) => alternatives(value));
}

function partsOf(matcher: string) {
  const parts = /^(?<name>\w+) *(?<operator>=~|!~|!=|=) *(?<quote>"?)(?<value>.*)\k<quote>$/.exec(
    matcher,
  )?.groups;
  if (!parts) throw new Error(`not understood as a matcher: ${matcher}`);
  const { name = '', operator = '', value = '' } = parts;
  return { name, operator, value };
}

/** `a(b|c)|d` is ab, ac and d. */
function alternatives(pattern: string): readonly string[] {
  const group = /^(?<head>[^(]*)\((?<inner>[^()]*)\)(?<tail>.*)$/.exec(pattern)?.groups;
  if (!group) return pattern.split('|');
  const { head = '', inner = '', tail = '' } = group;
  const before = head.split('|');
  const prefix = before.pop() ?? '';
  const [suffix = '', ...after] = tail.split('|');
  const spelled = inner.split('|').map((one) => `${prefix}${one}${suffix}`);
  return [...before, ...spelled, ...after];
}
