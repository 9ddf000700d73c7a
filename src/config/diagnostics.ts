import type { z } from 'zod';
import type { YamlDocument } from './document.ts';
import { explain, suggestion } from './explain.ts';
import { asGoReads } from './go-values.ts';
import { linesOf } from './lines.ts';
import type { Problem } from './problem.ts';

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
  /** The line (from 1) of the value at `path`, to point at from another place. */
  lineOf: (path: readonly PropertyKey[]) => number;
}

/** As many problems as are described: to find a near word among thousands takes milliseconds. */
const MAX_SUGGESTIONS = 100;
/** No number is written longer. */
const MAX_SCALAR = 100;

/** Diagnostics of one document. */
export function createDiagnostics(document: YamlDocument, text: string): Diagnostics {
  const problems: Problem[] = [];
  const lines = linesOf(text);
  const add: Diagnostics['add'] = (path, message, part = 'value') => {
    problems.push({ offset: document.offsetOf(path, part), message });
  };
  let asked = 0;
  const suggest: typeof suggestion = (word, candidates) =>
    asked++ < MAX_SUGGESTIONS ? suggestion(word, candidates) : '';
  return {
    problems,
    add,
    suggest,
    parse: (schema, raw, path) => {
      const sourceAt = (at: readonly PropertyKey[]) => {
        const offset = document.offsetOf([...path, ...at]);
        return text.slice(offset, offset + MAX_SCALAR);
      };
      const value = asGoReads(schema, raw, sourceAt);
      const result = schema.safeParse(value);
      if (result.success) return result.data;
      for (const { path: at, message, part } of explain(result.error, {
        path,
        value,
        schema,
        suggest,
      })) {
        add(at, message, part);
      }
      return undefined;
    },
    lineOf: (path) => lines.placeOf(document.offsetOf(path)).line,
  };
}
