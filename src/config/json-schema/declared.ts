import { z } from 'zod';
import { writtenAs } from '../../probers/shared/options.ts';
import { type JsonSchema, schemaHints } from '../../probers/shared/schema-hints.ts';

/** Names in `definitions`, and what they stand for. */
export type Definitions = Readonly<Record<string, JsonSchema>>;

/** What is declared of a part of the configuration. */
export interface Declared {
  readonly schema: JsonSchema;
  /** The blocks in it that have a name, such as `tls_config`. */
  readonly definitions: Definitions;
}

/**
 * A part of the configuration as its schema declares it, as JSON Schema: types, limits, descriptions and defaults, and
 * what {@link schemaHints} adds. Strict: what is taken beside that is the matter of `tolerant()`.
 */
export function declared(schema: z.ZodType): Declared {
  const {
    $schema: _,
    definitions = {},
    ...own
  } = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      addDefault(zodSchema, jsonSchema);
      addHints(zodSchema, jsonSchema);
    },
  });
  return { schema: own, definitions: definitions as Definitions };
}

/** Defaults are values as they are after parsing; here they are as somebody would write them. */
function addDefault(schema: z.core.$ZodType, made: JsonSchema): void {
  const def = schema._zod.def as { type: string; defaultValue?: unknown };
  if (def.type === 'default') made.default = writtenAs(schema as z.ZodType, def.defaultValue);
  if (def.type === 'prefault') made.default = def.defaultValue;
}

function addHints(schema: z.core.$ZodType, made: JsonSchema): void {
  const { instead, or, ...keywords } = schemaHints.get(schema) ?? {};
  if (instead) replace(made, instead);
  Object.assign(made, keywords);
  if (or) replace(made, { anyOf: [{ ...made }, or] });
}

function replace(made: JsonSchema, by: JsonSchema): void {
  for (const key of Object.keys(made)) delete made[key];
  Object.assign(made, by);
}
