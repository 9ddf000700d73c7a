import { EVENT_ID, type Event, getScalarValue, type ScalarEvent } from 'js-yaml';
import { type Environment, Expansion, referencesIn, variable } from './expansion.ts';
import type { Problem } from './problem.ts';

/** As much as a file may hold. Without a limit a long value in many places would fill the memory. */
const MAX_CHARACTERS = 32 * 1024 * 1024;

/**
 * Puts an {@link Expansion} in place of every text of a document that names variables, and the text itself in place of
 * one that only escapes some. Keys stay as they are.
 *
 * @param value what the document holds; it is changed in place, so that what aliases share stays shared.
 * @returns the document's value.
 */
export function expandTexts(value: unknown, environment: Environment): unknown {
  const expansions = new Map<string, Expansion | string>();
  const expand = (text: string): unknown => {
    if (!text.includes('${')) return text;
    const known = expansions.get(text);
    if (known !== undefined) return known;
    const expansion = new Expansion(text, environment);
    const hasVariables = !referencesIn(text).next().done;
    const made = hasVariables ? expansion : expansion.text();
    expansions.set(text, made);
    return made;
  };
  const seen = new Set<object>();
  const open: object[] = [];
  const visit = (inner: unknown): unknown => {
    if (typeof inner === 'string') return expand(inner);
    if (typeof inner !== 'object' || inner === null || inner instanceof Uint8Array) return inner;
    if (!seen.has(inner)) open.push(inner);
    seen.add(inner);
    return inner;
  };
  const root = visit(value);
  for (let holder = open.pop(); holder; holder = open.pop()) {
    for (const [key, inner] of Object.entries(holder)) {
      const made = visit(inner);
      if (made !== inner) Object.defineProperty(holder, key, { value: made });
    }
  }
  return root;
}

/** What is wrong with the variables that a text names. */
export interface EnvironmentProblems {
  /** Those that nobody has set: all else can be looked at in spite of them. */
  readonly unset: readonly Problem[];
  /** The place where all of them together become too long to go on. */
  readonly tooLong: Problem | undefined;
}

/** Looks at all variables that a text names. */
export function environmentProblems(
  text: string,
  events: readonly Event[],
  environment: Environment,
): EnvironmentProblems {
  const unset: Problem[] = [];
  let characters = 0;
  for (const { name, offset } of referencesInValues(text, events)) {
    const value = variable(name, environment);
    if (value === undefined) {
      const message = `the environment has no variable ${name}; where the text itself is meant, write "$\${${name}}"`;
      unset.push({ offset, message });
      continue;
    }
    characters += value.length;
    if (characters <= MAX_CHARACTERS) continue;
    const message = `the variables, filled in, are more than ${MAX_CHARACTERS} characters, here is one too many`;
    return { unset, tooLong: { offset, message } };
  }
  return { unset, tooLong: undefined };
}

function* referencesInValues(
  text: string,
  events: readonly Event[],
): Generator<{ name: string; offset: number }> {
  for (const event of valuesOf(events)) {
    const { valueStart, valueEnd } = event;
    // Written with escapes, the signs of a variable may not be there.
    if (!/[$\\]/.test(text.slice(valueStart, valueEnd))) continue;
    for (const { name, index } of referencesIn(getScalarValue(text, event))) {
      const isThere = text.startsWith(`\${${name}}`, valueStart + index);
      yield { name, offset: isThere ? valueStart + index : valueStart };
    }
  }
}

const NEXT = { key: 'value', value: 'key', item: 'item' } as const;

/** The scalars that are no keys, without those left empty. */
function* valuesOf(events: readonly Event[]): Generator<ScalarEvent> {
  // What comes next in each collection that is open.
  const open: (keyof typeof NEXT)[] = [];
  for (const event of events) {
    const here = event.type === EVENT_ID.POP ? open.pop() : open.at(-1);
    if (event.type === EVENT_ID.POP) continue;
    if (here) open[open.length - 1] = NEXT[here];
    if (event.type === EVENT_ID.SCALAR && here !== 'key' && event.valueStart >= 0) yield event;
    if (event.type === EVENT_ID.MAPPING) open.push('key');
    if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.DOCUMENT) open.push('item');
  }
}
