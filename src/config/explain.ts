import { closestMatch } from 'leven';
import type { z } from 'zod';
import { maskValue } from './mask.ts';

const MAX_SHOWN = 60;

/** A schema's issue as a sentence, at the place it is about. */
export interface Explained {
  readonly path: readonly PropertyKey[];
  /** Unknown keys are reported at the key, everything else at the value. */
  readonly part: 'key' | 'value';
  readonly message: string;
}

/**
 * Turns what a schema found into sentences that name the option, what was expected and what was got.
 *
 * @param path leads from the top of the file to `value`.
 * @param schema the schema that was used: its keys are what a misspelt key is compared with.
 */
export function explain(
  error: z.ZodError,
  { path, value, schema }: { path: readonly PropertyKey[]; value: unknown; schema: z.ZodType },
): Explained[] {
  return error.issues.flatMap((issue) => explainIssue(issue, path, value, schema));
}

/** ` (did you mean "x"?)`, or nothing where no candidate is near. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const match = closestMatch(word.toLowerCase(), candidates, {
    maxDistance: Math.max(1, Math.min(3, Math.floor(word.length / 2))),
  });
  return match === undefined ? '' : ` (did you mean "${match}"?)`;
}

/** `checks[2].http.method`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

function explainIssue(
  issue: z.core.$ZodIssue,
  prefix: readonly PropertyKey[],
  value: unknown,
  schema: z.ZodType,
): Explained[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) => ({
      path: [...path, key],
      part: 'key',
      message: unknownKey(path, key, known),
    }));
  }
  const got = at(value, issue.path);
  const name = formatPath(path);
  if (got === undefined && issue.code !== 'custom') {
    const parent = formatPath(path.slice(0, -1));
    const where = parent ? `${parent} needs` : 'the file needs';
    return [
      {
        path,
        part: 'value',
        message: `${where} the key "${String(path.at(-1))}": ${expectation(issue)}`,
      },
    ];
  }
  const shown = maskValue(path, show(got));
  const sentence = expectation(issue);
  const message = sentence.includes(', got ')
    ? `${name}: ${sentence}`
    : `${name}: ${sentence}, got ${shown}`;
  return [{ path, part: 'value', message: message + nearest(issue, got) }];
}

function unknownKey(path: readonly PropertyKey[], key: string, known: readonly string[]): string {
  const where = path.length > 0 ? ` in ${formatPath(path)}` : '';
  const near = suggestion(key, known);
  const expected = near || (known.length > 0 ? `, expected one of ${known.join(', ')}` : '');
  return `unknown key "${key}"${where}${expected}`;
}

function expectation(issue: z.core.$ZodIssue): string {
  // A schema that words its own expectation knows better.
  if (issue.message.startsWith('expected ')) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
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
  if (origin === 'string') {
    return value === 1 && comparison === 'at least'
      ? 'text that is not empty'
      : `text of ${comparison} ${value} characters`;
  }
  if (origin === 'array') return `a list of ${comparison} ${value} entries`;
  return `a number, ${comparison} ${value}`;
}

function unionExpectation(issue: z.core.$ZodIssueInvalidUnion): string {
  const wanted = issue.errors.flatMap((branch) =>
    branch.slice(0, 1).map((inner) => expectation(inner)),
  );
  const unique = [...new Set(wanted.map((sentence) => sentence.replace(/^expected /, '')))];
  return unique.length > 0 ? `expected ${unique.join(' or ')}` : issue.message;
}

function nearest(issue: z.core.$ZodIssue, got: unknown): string {
  if (issue.code !== 'invalid_value' || typeof got !== 'string') return '';
  return suggestion(
    got,
    issue.values.filter((value) => typeof value === 'string'),
  );
}

function show(value: unknown): string {
  const text =
    typeof value === 'object' && value !== null
      ? kindOf(value)
      : (JSON.stringify(value) ?? 'nothing');
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function kindOf(value: object): string {
  return Array.isArray(value) ? 'a list' : 'a mapping';
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<PropertyKey, unknown>)[key];
  }
  return here;
}

/** The keys a schema knows at a path: through optional, default, lists and records, to a mapping's shape. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let here: z.core.$ZodType | undefined = unwrap(schema);
  for (const key of path) {
    const def = here?._zod.def as
      | Partial<Record<'shape' | 'element' | 'valueType', unknown>>
      | undefined;
    const shape = def?.shape as Record<PropertyKey, z.core.$ZodType> | undefined;
    here = unwrap(
      shape?.[key] ?? (def?.element as z.core.$ZodType) ?? (def?.valueType as z.core.$ZodType),
    );
  }
  const shape = (here?._zod.def as { shape?: Record<string, unknown> } | undefined)?.shape;
  return shape ? Object.keys(shape) : [];
}

function unwrap(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  let here = schema;
  while (here) {
    const def = here._zod.def as {
      innerType?: z.core.$ZodType;
      in?: z.core.$ZodType;
      type: string;
    };
    const inner: z.core.$ZodType | undefined =
      def.innerType ?? (def.type === 'pipe' ? def.in : undefined);
    if (!inner) return here;
    here = inner;
  }
  return here;
}
