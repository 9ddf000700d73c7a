import type { CheckView } from '../../config/check.ts';
import { suggestion } from '../../config/explain.ts';
import { cut } from '../../lib/cut.ts';
import { PROBERS } from '../../probers/index.ts';
import { RequestProblem } from '../respond.ts';
import { STATUSES, type Status, statusOf } from './status.ts';

/** Which checks somebody wants to see. What is empty is fulfilled by all. */
export interface Filter {
  /** One of these. */
  readonly statuses: readonly Status[];
  /** A part of the name, in upper or lower case. */
  readonly name: string;
  /** All of these. As in PromQL, a label that a check does not have is empty. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  /** One of these. */
  readonly probers: readonly string[];
}

const PARAMETERS = ['status', 'name', 'label', 'prober'] as const;
const PROBER_NAMES = PROBERS.map(({ name }) => name);

/**
 * Reads `?status=failing&name=part&label=team:web&prober=http`. Empty values, as forms send them, say nothing.
 *
 * @param others parameters that may stand beside those.
 * @throws {RequestProblem} naming the parameter, its value and what was expected.
 */
export function readFilter(query: URLSearchParams, others: readonly string[] = []): Filter {
  const known: readonly string[] = [...PARAMETERS, ...others];
  for (const parameter of query.keys()) expectOneOf('parameter', parameter, known);
  const given = (parameter: (typeof PARAMETERS)[number]) => [
    ...new Set(query.getAll(parameter).filter((value) => value !== '')),
  ];
  return {
    statuses: given('status').map((value) => expectOneOf('status', value, STATUSES)),
    name: onlyOne('name', given('name')),
    labels: notTooMany('label', given('label')).map(readLabel),
    probers: given('prober').map((value) => expectOneOf('prober', value, PROBER_NAMES)),
  };
}

/** Whether a filter lets a check through. */
export function isWanted({ statuses, name, labels, probers }: Filter, view: CheckView): boolean {
  const { check } = view;
  return (
    (statuses.length === 0 || statuses.includes(statusOf(view))) &&
    (probers.length === 0 || probers.includes(check.module.prober.name)) &&
    check.name.toLowerCase().includes(name.toLowerCase()) &&
    labels.every(([label, value]) => labelOf(check.labels, label) === value)
  );
}

function labelOf(labels: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(labels, name) ? (labels[name] ?? '') : '';
}

function expectOneOf<T extends string>(what: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  const expected = `expected one of ${allowed.join(', ')}`;
  throw new RequestProblem(
    400,
    `unknown ${what} ${shown(value)}, ${expected}${suggestion(value, allowed)}`,
  );
}

function onlyOne(parameter: string, values: readonly string[]): string {
  const [value = '', ...more] = values;
  if (more.length === 0) return value;
  throw new RequestProblem(400, `${parameter}: expected one value, got ${values.length}`);
}

/** Each is looked for at each check, and may be a hundred thousand times. */
const MAX_LABELS = 20;

function notTooMany(parameter: string, values: readonly string[]): readonly string[] {
  if (values.length <= MAX_LABELS) return values;
  const sentence = `${parameter}: expected at most ${MAX_LABELS} of them, got ${values.length}`;
  throw new RequestProblem(400, sentence);
}

function readLabel(text: string): [name: string, value: string] {
  const colon = text.indexOf(':');
  if (colon > 0) return [text.slice(0, colon), text.slice(colon + 1)];
  throw new RequestProblem(
    400,
    `label: expected a name and a value as in team:web, got ${shown(text)}`,
  );
}

const MAX_SHOWN = 60;

/** A value of the query in quotes. Whoever asks chooses it, and may choose thousands of characters. */
export function shown(text: string): string {
  return JSON.stringify(cut(text, MAX_SHOWN));
}
