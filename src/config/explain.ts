import { closestMatch } from 'leven';
import type { z } from 'zod';
import { cut } from '../lib/cut.ts';
import { quoted } from '../lib/printable.ts';
import { DURATION_EXPECTED } from '../probers/shared/options.ts';
import { Expansion } from './expansion.ts';
import { maskText, maskValue } from './mask.ts';
import {
  insideItsBlock,
  meantByType,
  meantDuration,
  ownKey,
  ownValue,
  placeElsewhere,
} from './meant.ts';
import { innerOf, partsOf, type Schema, unwrap } from './schema-parts.ts';

const MAX_SHOWN = 60;
/** How much of a value is searched for credentials to hide. */
const MAX_MASKED = 2000;

/** A schema's issue as a sentence, at the place it is about. */
export interface Explained {
  readonly path: readonly PropertyKey[];
  /** Unknown keys are reported at the key, everything else at the value. */
  readonly part: 'key' | 'value';
  readonly message: string;
  /** Whether the sentence is a schema's own, which may hold the value or a part of it. */
  readonly mayRepeat: boolean;
}

/**
 * Turns what a schema found into sentences that name the option, what was expected and what was got.
 *
 * @param path leads from the top of the file to `value`.
 * @param schema the schema that was used: its keys are what a misspelt key is compared with.
 * @param suggest {@link suggestion}, as long as there are not too many.
 */
export function explain(error: z.ZodError, context: Context): Explained[] {
  return error.issues.flatMap((issue) => explainIssue(issue, context));
}

interface Context {
  readonly path: readonly PropertyKey[];
  readonly value: unknown;
  /** What to show in place of the value at a path, where it is not written there itself. */
  readonly standIn: (path: readonly PropertyKey[]) => Expansion | Alias | undefined;
  readonly schema: z.ZodType;
  readonly suggest: typeof suggestion;
}

/** Nobody misspells a longer one, and to compare two takes the product of their lengths. */
const MAX_WORD = 100;

/** ` (did you mean "x"?)`, or nothing where no candidate is near. */
export function suggestion(word: string, candidates: readonly string[]): string {
  if (word.length > MAX_WORD) return '';
  const given = word.toLowerCase();
  const byLowerCase = new Map(candidates.map((candidate) => [candidate.toLowerCase(), candidate]));
  const known = [...byLowerCase.keys()];
  const match =
    closestMatch(given, known, {
      maxDistance: Math.max(1, Math.min(3, Math.floor((word.length + 1) / 3))),
    }) ?? known.find((candidate) => isBeginning(candidate, given) || isBeginning(given, candidate));
  return match === undefined ? '' : ` (did you mean ${show(byLowerCase.get(match))}?)`;
}

/** Enough of a word to know it by. */
const MIN_BEGINNING = 4;

function isBeginning(part: string, whole: string): boolean {
  return part.length >= MIN_BEGINNING && whole.startsWith(part);
}

/** `checks[2].http.method`, `modules["my site"]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  const steps = path.map((key) => {
    if (typeof key === 'number') return `[${key}]`;
    return /^[\w-]{1,60}$/.test(String(key)) ? `.${String(key)}` : `[${show(String(key))}]`;
  });
  return steps.join('').replace(/^\./, '') || 'the file';
}

function explainIssue(
  issue: z.core.$ZodIssue,
  { path: prefix, value, standIn, schema, suggest }: Context,
): Explained[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const here = schemaAt(schema, issue.path);
    const known = Object.keys((here && partsOf(here).shape) ?? {});
    const beside = at(value, issue.path);
    return issue.keys.map((key) => ({
      path: [...path, key],
      part: 'key',
      message: unknownKey(path, key, known, (word, candidates) => {
        const meant = insideItsBlock(word, here, beside);
        return meant ? ` (did you mean "${meant}"?)` : suggest(word, candidates);
      }),
      mayRepeat: false,
    }));
  }
  const name = formatPath(path);
  if (issue.code === 'invalid_key') {
    const wrong = issue.issues.map((inner) => expectation(inner)).join(', ');
    const message = sentence(name, wrong, show(path.at(-1)));
    return [{ path, part: 'key', message, mayRepeat: false }];
  }
  const got = at(value, issue.path);
  if (got === undefined && issue.code !== 'custom') {
    const message = `${formatPath(path.slice(0, -1))} needs the key ${show(path.at(-1))}: ${expectation(issue)}`;
    return [{ path, part: 'value', message, mayRepeat: false }];
  }
  const written = standIn(path) ?? got;
  const plain = showLimited(issue, written);
  const shown = isOfSeveral(written) ? plain : maskValue(path, plain);
  const wrong = expectation(issue, got);
  const isShown = shown === plain && written === got;
  const meant = nearest(issue, got, suggest) || (isShown ? meantValue(issue, got, shown) : '');
  const message = sentence(name, wrong, shown) + meant;
  const mayRepeat = issue.code === 'custom' && isComplete(wrong);
  return [{ path, part: 'value', message, mayRepeat }];
}

/** What was got is said where something else was expected: a schema's own sentence may be about more than the value. */
function sentence(name: string, wrong: string, got: string): string {
  return isComplete(wrong) ? `${name}: ${wrong}` : `${name}: ${wrong}, got ${got}`;
}

function isComplete(wrong: string): boolean {
  return !wrong.startsWith('expected ') || wrong.includes(', got ');
}

function unknownKey(
  path: readonly PropertyKey[],
  key: string,
  known: readonly string[],
  suggest: typeof suggestion,
): string {
  const where = path.length > 0 ? ` in ${formatPath(path)}` : '';
  const said = `unknown key ${show(key)}${where}`;
  const meant = ownKey(key, known);
  if (meant) return `${said} (did you mean "${meant}"?)`;
  const elsewhere = placeElsewhere(key, path.length === 0);
  if (elsewhere) return `${said}: ${elsewhere}`;
  if (/^[\w-]+:./.test(key)) return `${said}: a space belongs behind ":"`;
  const expected = known.length > 0 ? `, expected one of ${listed(known)}` : '';
  return `${said}${suggest(key, known) || expected}`;
}

function expectation(issue: z.core.$ZodIssue, got?: unknown): string {
  // A schema that words its own expectation knows better.
  if (issue.message.startsWith('expected ')) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      // .nan and .inf are numbers to YAML.
      if (typeof got === 'number' && issue.expected === 'number') return 'expected a finite number';
      return `expected ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'too_small':
      return `expected ${bound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)}`;
    case 'too_big':
      return `expected ${bound(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)}`;
    case 'invalid_union':
      return unionExpectation(issue);
    default:
      return issue.message;
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys to values',
  record: 'a mapping of keys to values',
};

function bound(origin: string, comparison: string, value: number | bigint): string {
  const limit = comparison === 'more than' ? `above ${value}` : `of ${comparison} ${value}`;
  if (origin === 'string') {
    return value === 1 && comparison === 'at least'
      ? 'text that is not empty'
      : `text ${limit} characters`;
  }
  if (origin === 'array') return `a list ${limit} ${value === 1 ? 'entry' : 'entries'}`;
  return `a number ${limit}`;
}

/** More than fit on a line, the reference page tells better. */
const MAX_LISTED = 20;

function listed(names: readonly string[]): string {
  const more = names.length - MAX_LISTED;
  const shown = names.slice(0, MAX_LISTED).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function unionExpectation(issue: z.core.$ZodIssueInvalidUnion): string {
  const wanted = issue.errors.flatMap((branch) =>
    branch.slice(0, 1).map((inner) => expectation(inner)),
  );
  const unique = [...new Set(wanted.map((sentence) => sentence.replace(/^expected /, '')))];
  return unique.length > 0 ? `expected ${unique.join(' or ')}` : issue.message;
}

function nearest(issue: z.core.$ZodIssue, got: unknown, suggest: typeof suggestion): string {
  if (issue.code !== 'invalid_value' || typeof got !== 'string') return '';
  const known = issue.values.filter((value) => typeof value === 'string');
  const meant = ownValue(got, known);
  return meant ? ` (did you mean "${meant}"?)` : suggest(got, known);
}

/** What the value may have been meant to be, made of the value itself. */
function meantValue(issue: z.core.$ZodIssue, got: unknown, shown: string): string {
  if (issue.message === DURATION_EXPECTED) {
    const meant = meantDuration(got);
    return meant === undefined ? '' : ` (did you mean "${meant}"?)`;
  }
  // A schema that words its own expectation may expect something else than its type says.
  if (issue.code !== 'invalid_type' || issue.message.startsWith('expected ')) return '';
  return meantByType(issue.expected, got, shown);
}

/** A list, a mapping, or what an alias stands for: what is said of it holds nothing of it. */
function isOfSeveral(value: unknown): boolean {
  return typeof value === 'object' && !(value instanceof Expansion);
}

/** A list or a text that is too long says how long it is. */
function showLimited(issue: z.core.$ZodIssue, got: unknown): string {
  if (issue.code !== 'too_big') return show(got);
  if (Array.isArray(got)) return `${got.length}`;
  return typeof got === 'string' ? `${show(got)} of ${got.length}` : show(got);
}

/** An alias or an anchor as it is written: what it names may be a secret elsewhere. */
export class Alias {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A value as a message can hold it: on one line, not too long. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (value instanceof Alias) return quoted(value.text).slice(1, -1);
  if (value instanceof Expansion) return show(String(value));
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (value instanceof Uint8Array) return 'bytes';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'number' && !Number.isFinite(value))
    return YAML_NUMBERS[String(value)] ?? '';
  // Hidden before it is cut: half a URL may not be recognized.
  const text = typeof value === 'string' ? maskText(value.slice(0, MAX_MASKED)) : String(value);
  const shown = cut(text, MAX_SHOWN);
  return typeof value === 'string' ? quoted(shown) : shown;
}

const YAML_NUMBERS: Readonly<Record<string, string>> = {
  NaN: '.nan',
  Infinity: '.inf',
  '-Infinity': '-.inf',
};

/** What a value holds at a path, or `undefined`. */
export function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<PropertyKey, unknown>)[key];
  }
  return here;
}

/** The schema at a path: through optional, default, lists and records. */
function schemaAt(schema: z.ZodType, path: readonly PropertyKey[]): Schema | undefined {
  let here: Schema | undefined = unwrap(schema);
  for (const key of path) {
    if (!here) return undefined;
    const inner = innerOf(partsOf(here), key);
    here = inner && unwrap(inner);
  }
  return here;
}
