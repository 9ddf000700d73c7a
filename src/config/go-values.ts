import type { z } from 'zod';
import { PROBERS } from '../probers/index.ts';
import { Expansion } from './expansion.ts';
import { partsOf, type Schema, unwrap } from './schema-parts.ts';

/** The text of the document at a path of the value, from there to its end. */
export type SourceAt = (path: readonly PropertyKey[]) => string;

/**
 * Puts values in place of texts with variables: text where the schema takes text, anywhere else what it would be if it
 * stood in the file.
 *
 * Gives the values in option blocks as Go's YAML reader would, so that a file written for blackbox_exporter means
 * the same here: an option without a value counts as absent, and a number or a boolean where text belongs is the
 * text as it is written (`0123`, not 123). All else stays what it is.
 */
export function asGoReads(schema: z.ZodType, value: unknown, sourceAt: SourceAt): unknown {
  return reread({ schema, value, path: [], inBlock: false }, sourceAt);
}

const BLOCKS = new Set<Schema>(PROBERS.map(({ options }) => options));

/** Marks a schema as one of an option block whose values {@link asGoReads} gives as Go would. */
export function readAsGo<S extends z.ZodType>(schema: S): S {
  BLOCKS.add(schema);
  return schema;
}

interface Node {
  readonly schema: Schema;
  readonly value: unknown;
  readonly path: readonly PropertyKey[];
  readonly inBlock: boolean;
}

function reread(node: Node, sourceAt: SourceAt): unknown {
  const { path } = node;
  const schema = unwrap(node.schema);
  const value = filledIn(node.value, schema);
  const inBlock = node.inBlock || BLOCKS.has(schema);
  const child = (inner: Schema, key: PropertyKey, of: unknown) =>
    reread({ schema: inner, value: of, path: [...path, key], inBlock }, sourceAt);
  const { type, shape, element, valueType } = partsOf(schema);
  // What may be anything in a block may hold texts with variables on every level.
  const anything = inBlock && type === 'unknown' ? schema : undefined;

  if (Array.isArray(value)) {
    const inner = element ?? anything;
    return inner ? value.map((entry, index) => child(inner, index, entry)) : value;
  }
  // From YAML's `!!binary`: bytes have no keys.
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'object' && value !== null) {
    const innerOf = (key: string) =>
      shape && Object.hasOwn(shape, key) ? shape[key] : (valueType ?? anything);
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, of]) => {
        const inner = innerOf(key);
        if (!inner) return [[key, of]];
        if (inBlock && !anything && filledIn(of, unwrap(inner)) === null)
          return type === 'record' ? [[key, emptyFor(inner)]] : [];
        return [[key, child(inner, key, of)]];
      }),
    );
  }
  const isWritten = typeof value === 'number' || typeof value === 'boolean';
  return inBlock && isWritten && takesText(schema)
    ? (writtenText(value, sourceAt(path)) ?? value)
    : value;
}

/** A text with variables as the value that belongs there; all else as it is. */
function filledIn(value: unknown, schema: Schema): unknown {
  if (!(value instanceof Expansion)) return value;
  const isText = takesText(schema) || partsOf(schema).type === 'enum';
  return isText ? value.text() : value.scalar();
}

function emptyFor(schema: Schema): unknown {
  if (takesText(unwrap(schema))) return '';
  return partsOf(unwrap(schema)).shape ? {} : null;
}

function takesText(schema: Schema): boolean {
  const { type, options = [] } = partsOf(schema);
  return type === 'string' || options.some((option) => takesText(unwrap(option)));
}

// Behind an anchor, where it has one.
const PLAIN = /^(?:&\S+\s+)?(?<text>[\w.+-]+)/;

/** What stands there, where that is the value: a value that came by alias stands elsewhere. */
function writtenText(value: number | boolean, source: string): string | undefined {
  const text = PLAIN.exec(source)?.groups?.text;
  if (text === undefined) return undefined;
  const isSame =
    typeof value === 'number' ? Number(text) === value : text.toLowerCase() === String(value);
  return isSame ? text : undefined;
}
