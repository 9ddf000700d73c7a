import type { CelInput, CelList, CelMap } from '@bufbuild/cel';
import { cut } from '../../lib/cut.ts';
import { lazily, lazyPackage } from '../../lib/lazy.ts';
import { visible } from '../../lib/printable.ts';
import { compiled } from '../shared/compiled.ts';
import { type CelExpr, celProblem, subexpressions } from './cel-check.ts';

// A quarter of all that the program would load, for options that few use.
const library = lazyPackage<typeof import('@bufbuild/cel')>('@bufbuild/cel');

/** What a {@link Condition} made of a body; `unusable` is why it has no answer, as the end of a sentence. */
export type CelAnswer = { readonly holds: boolean } | { readonly unusable: string };

/** A JSON body as expressions see it. */
export type JsonBody = { readonly value: CelInput };

/** A CEL expression over the variable `body` that is true or false. */
export class Condition {
  readonly source: string;
  readonly #evaluate: (bindings: { body: CelInput }) => unknown;

  /** @throws {Error} naming the expression and what is wrong with it. */
  constructor(source: string) {
    this.source = source;
    try {
      const { parse, plan } = library();
      const environment = celEnvironment();
      // The parser knows no comment that the text ends with.
      const parsed = parse(source.includes('//') ? `${source}\n` : source);
      const problem = celProblem(parsed.expr, environment.funcs);
      if (problem) throw new Error(problem);
      watchLoops(parsed.expr);
      this.#evaluate = plan(environment, parsed);
    } catch (error) {
      throw new Error(`"${shown(source)}" is no CEL condition: ${why(error)}`, { cause: error });
    }
  }

  /** Whether it holds for a body. Never throws. */
  test({ value }: JsonBody): CelAnswer {
    watch.dueAt = performance.now() + MAX_EVALUATION_MS;
    watch.expired = false;
    const result = this.#evaluate({ body: value });
    if (watch.expired) return { unusable: `takes longer than ${MAX_EVALUATION_MS} ms` };
    if (library().isCelError(result))
      return { unusable: `cannot be evaluated: ${inOwnWords(result)}` };
    if (typeof result !== 'boolean') return { unusable: 'gives neither true nor false' };
    return { holds: result };
  }

  /** On one line, cut where it is long. */
  toString(): string {
    return shown(this.source);
  }

  toJSON(): string {
    return this.source;
  }
}

const MAX_SHOWN = 100;

function shown(source: string): string {
  const line = source.trim().replaceAll(/\s+/g, ' ');
  return cut(line, MAX_SHOWN);
}

/** An option holding a {@link Condition}, compiled when the configuration is read. */
export function condition() {
  return compiled('CEL expression', (source) => new Condition(source));
}

/** Declared by probers that evaluate conditions; only emitted where some are configured. */
export const celMetrics = {
  probe_failed_due_to_cel: { help: 'Whether a CEL expression failed the probe: 1, or 0.' },
} as const;

/**
 * Reads a body as JSON, for any number of conditions.
 *
 * @returns what is wrong with it, as the end of a sentence, where it is none.
 */
export function readJson(bytes: Buffer): JsonBody | string {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString());
  } catch {
    return 'is no JSON';
  }
  try {
    return { value: toInput(json, { depth: 0, count: { containers: 0 } }) };
  } catch (error) {
    if (error instanceof Unreadable) return error.message;
    throw error;
  }
}

class Unreadable extends Error {}

// Deeper than any honest answer, and far from where the stack ends.
const MAX_DEPTH = 1000;

/** How many objects and lists a body may have: each takes a hundred times the bytes it may be sent as. */
export const MAX_CONTAINERS = 100_000;

interface Place {
  readonly depth: number;
  /** Of all that was seen so far of the body. */
  readonly count: { containers: number };
}

/** Objects become maps: a key such as "constructor" is then no more than a key. */
function toInput(json: unknown, { depth, count }: Place): CelInput {
  if (depth > MAX_DEPTH) throw new Unreadable(`is nested more than ${MAX_DEPTH} levels deep`);
  if (typeof json === 'number' && !Number.isFinite(json)) {
    throw new Unreadable('holds a number that is too large');
  }
  if (typeof json !== 'object' || json === null) return json as string | number | boolean | null;
  if (++count.containers > MAX_CONTAINERS) {
    throw new Unreadable(`has more than ${MAX_CONTAINERS} objects and lists`);
  }
  const inside = { depth: depth + 1, count };
  if (Array.isArray(json)) return json.map((element) => toInput(element, inside));
  const map = new Map<string, CelInput>();
  for (const [key, value] of Object.entries(json)) map.set(key, toInput(value, inside));
  return Object.assign(library().celMap(map), { has });
}

// The library takes a key whose value is null for absent.
function has(this: CelMap, key: string): boolean {
  return this.get(key) !== undefined;
}

// An evaluation cannot be interrupted and everything else waits for it.
const MAX_EVALUATION_MS = 1000;

const watch = { dueAt: 0, expired: false };

const WATCHED = '@watched';
const celEnvironment = lazily(() => {
  const { CelScalar, celEnv, celFunc, listType } = library();
  const { DYN } = CelScalar;
  const LIST = listType(DYN);
  return celEnv({
    variables: { body: DYN },
    funcs: [
      celFunc(WATCHED, [DYN], DYN, (condition) => {
        watch.expired ||= performance.now() > watch.dueAt;
        if (watch.expired) throw new Error('it takes too long');
        return condition;
      }),
      celFunc('_+_', [LIST, LIST], LIST, concatenated),
    ],
  });
});

const arrays = new WeakMap<CelList, unknown[]>();

// `map` and `filter` build their list element by element. The library nests a list in a list for each, until the
// stack ends; here they share one array, as long as nobody else has gone on with it.
function concatenated(left: CelList, right: CelList): CelList {
  const known = arrays.get(left);
  const array = known?.length === left.size ? known : [...left];
  for (const element of right) array.push(element);
  const list = beginning(array, array.length);
  arrays.set(list, array);
  return list;
}

function beginning(array: unknown[], size: number): CelList {
  const list = library().celList(array as CelInput[]);
  const values = function* () {
    for (let index = 0; index < size; index++) yield list.get(index);
  };
  return Object.defineProperties(list, { size: { value: size }, values: { value: values } });
}

/** Makes every turn of every loop look at the clock. */
function watchLoops(root: CelExpr): void {
  for (const { exprKind } of subexpressions(root)) {
    if (exprKind.case !== 'comprehensionExpr') continue;
    const { loopCondition } = exprKind.value;
    if (loopCondition) exprKind.value.loopCondition = watched(loopCondition);
  }
}

function watched(expr: CelExpr): CelExpr {
  const call = { $typeName: 'cel.expr.Expr.Call', function: WATCHED, args: [expr] } as const;
  return { ...expr, exprKind: { case: 'callExpr', value: { ...call, args: [expr] } } };
}

const PLACE = /^<input>:(?<line>\d+):(?<column>\d+): (?<what>.*)$/s;
const MAX_EXPECTED = 60;

/** The parser's place and what stands there; what could stand there instead only where that is short. */
function why(error: unknown): string {
  if (error instanceof RangeError) return 'it is nested too deeply';
  const message = error instanceof Error ? error.message : String(error);
  const { line, column, what = '' } = PLACE.exec(message)?.groups ?? {};
  if (line === undefined) return message;
  const [found = '', expected = ''] = what.split(' but expecting ');
  const instead =
    expected !== '' && expected.length <= MAX_EXPECTED ? `, expected ${expected}` : '';
  return `line ${line}, column ${column}: ${visible(found)}${instead}`;
}

// The library's sentences may hold what the body holds.
const OWN_WORDS: readonly [message: RegExp, words: string][] = [
  [/^field not found/, 'the body has no such key'],
  [/out of bounds/, 'a list of the body is too short'],
  [/no matching overload|type mismatch/, 'something in the body is of another type'],
  [/divide by zero|modulus by zero/, 'a division by zero'],
  [/overflow|out of range/, 'a number is out of range'],
  [/call stack/, 'it needs too much memory'],
];

function inOwnWords({ message }: Error): string {
  const found = OWN_WORDS.find(([pattern]) => pattern.test(message));
  return found?.[1] ?? 'the body is not what it is made for';
}
