import type { z } from 'zod';
import type { YamlDocument } from './document.ts';
import { Expansion } from './expansion.ts';
import { Alias, at, explain, formatPath, show, suggestion } from './explain.ts';
import { asGoReads } from './go-values.ts';
import { linesOf } from './lines.ts';
import { LOST_NAME, lostNames } from './lost-names.ts';
import type { Problem } from './problem.ts';
import { writtenIn } from './written.ts';

/** Collects problems by their path in the document. */
export interface Diagnostics {
  readonly problems: readonly Problem[];
  /** A problem at the value at `path`, or at its key. */
  add: (path: readonly PropertyKey[], message: string, part?: 'key' | 'value') => void;
  /** {@link suggestion} for as many words as anybody reads problems; nothing after that. */
  suggest: typeof suggestion;
  /** The parsed value, or `undefined` after adding everything the schema found wrong. */
  parse: <S extends z.ZodType>(
    schema: S,
    value: unknown,
    path: readonly PropertyKey[],
  ) => z.output<S> | undefined;
  /** What to show of the value at `path` in its place, where it came from the environment or by an alias. */
  standIn: (path: readonly PropertyKey[]) => Expansion | Alias | undefined;
  /** Where variables stand below `path`, see {@link writtenIn}; `undefined` where they stand for themselves. */
  writtenBelow: (path: readonly PropertyKey[]) => ReadonlyMap<string, string> | undefined;
  /** The line (from 1) of the value at `path`, to point at from another place. */
  lineOf: (path: readonly PropertyKey[]) => number;
}

/** As many problems as are described: to find a near word among thousands takes milliseconds. */
const MAX_SUGGESTIONS = 100;
/** In quotes it may be written with escapes. */
const MAY_LOSE_NAMES = /__proto__|\\/;
/** No number is written longer. */
const MAX_SCALAR = 100;

/** Diagnostics of one document. */
export function createDiagnostics(document: YamlDocument, text: string): Diagnostics {
  const problems: Problem[] = [...document.unsetVariables];
  const lines = linesOf(text);
  const standIn: Diagnostics['standIn'] = (path) => {
    const raw = at(document.value, path);
    if (raw instanceof Expansion) return raw;
    const name = raw === undefined ? undefined : NAME.exec(sourceAt(document.offsetOf(path)))?.[0];
    if (name === undefined || (name.startsWith('&') && typeof raw !== 'string')) return undefined;
    return new Alias(name);
  };
  const sourceAt = (offset: number) => text.slice(offset, offset + MAX_SCALAR);
  const add: Diagnostics['add'] = (path, message, part = 'value') => {
    const shown = part === 'value' ? withoutValue(message, path) : message;
    push(path, shown, part);
  };
  const push: Diagnostics['add'] = (path, message, part = 'value') => {
    if (part === 'value' && isUnknown(at(document.value, path))) return;
    problems.push({ offset: document.offsetOf(path, part), message });
  };
  const withoutValue = (message: string, path: readonly PropertyKey[]) => {
    const shown = standIn(path);
    const hidden = shown instanceof Expansion ? shown.held() : [at(document.value, path)];
    if (!shown || !hidden.some((text) => repeats(message, text))) return message;
    return `${formatPath(path)}: what ${show(shown)} stands for cannot be used here`;
  };
  const valueAt = (path: readonly PropertyKey[]) =>
    document.unsetVariables.length > 0 ? at(document.value, path) : undefined;
  const mayLoseNames = MAY_LOSE_NAMES.test(text);
  let asked = 0;
  const suggest: typeof suggestion = (word, candidates) =>
    asked++ < MAX_SUGGESTIONS ? suggestion(word, candidates) : '';
  return {
    problems,
    add,
    suggest,
    parse: (schema, raw, path) => {
      for (const lost of mayLoseNames ? lostNames(schema, raw) : []) {
        const at = [...path, ...lost];
        push(at, `${formatPath(at.slice(0, -1))}: nothing can be called ${show(LOST_NAME)}`, 'key');
      }
      const value = asGoReads(schema, raw, (inner) =>
        sourceAt(document.offsetOf([...path, ...inner])),
      );
      const result = schema.safeParse(value);
      if (result.success) return result.data;
      for (const { path: at, message, part, mayRepeat } of explain(result.error, {
        path,
        value,
        standIn,
        schema,
        suggest,
      })) {
        if (!mayRepeat) push(at, message, part);
        else if (!holdsUnknown(valueAt(at))) add(at, message, part);
      }
      return undefined;
    },
    standIn,
    writtenBelow: (path) => (document.isExpanded ? writtenIn(at(document.value, path)) : undefined),
    lineOf: (path) => lines.placeOf(document.offsetOf(path)).line,
  };
}

/** What a variable that nobody has set would make of a value is not known: that alone is said of it. */
export function isUnknown(value: unknown): boolean {
  return value instanceof Expansion && value.isUnknown;
}

/** The same for rules about several values. */
function holdsUnknown(value: unknown): boolean {
  if (isUnknown(value)) return true;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false;
  return !(value instanceof Expansion) && Object.values(value).some(holdsUnknown);
}

// An alias, or an anchor: text that has one may be used as a secret anywhere.
const NAME = /^[*&][^\s,[\]{}]+/;

/** So much in a row is no coincidence. */
const MIN_REPEATED = 4;

/** Whether a message holds a part of a text that it is not to show. */
function repeats(message: string, text: unknown): boolean {
  if (typeof text !== 'string') return false;
  if (text.length < MIN_REPEATED) return text !== '' && message.includes(`"${text}"`);
  const partsOf = (whole: string) =>
    Array.from({ length: Math.max(0, whole.length - MIN_REPEATED + 1) }, (_, start) =>
      whole.slice(start, start + MIN_REPEATED),
    );
  const said = new Set(partsOf(message));
  return partsOf(text).some((part) => said.has(part));
}
