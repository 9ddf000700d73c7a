import { z } from 'zod';

/** A JSON Schema, or a part of one. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/**
 * Keywords of JSON Schema, and two words about what is made of the type. `$comment` is what the type is called in the
 * configuration reference where "text" says too little.
 */
export interface SchemaHints extends JsonSchema {
  /** What VS Code's YAML extension says where the text has not the form of `pattern`. */
  readonly patternErrorMessage?: string;
  /** Stands in place of what is made of the type. */
  readonly instead?: JsonSchema;
  /** Is taken as well as what is made of the type. */
  readonly or?: JsonSchema;
}

/**
 * What the JSON Schema of the configuration says of an option and its type does not: the form of a text, values to
 * choose from, examples. Only code knows what it checks: an option that is checked by code says here what an editor can
 * check of it, and after all its checks: a schema with one more is another schema.
 */
export const schemaHints = z.registry<SchemaHints>();

/** A pattern for words in any case. JSON Schema has no flag for that. */
export function inAnyCase(words: readonly string[]): string {
  const letters = (word: string) =>
    word.replace(/[a-z]/gi, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`);
  return `^(?:${words.map(letters).join('|')})$`;
}
