import { inAnyCase, type JsonSchema } from '../../probers/shared/schema-hints.ts';
import type { Definitions } from './declared.ts';

/** What the rules of Go's YAML reader are in force for; see `asGoReads()`. */
export type Place = 'in option blocks' | 'elsewhere';

/** Text with a variable of the environment: it may stand for any value. */
const VARIABLE = String.raw`\$\{[A-Za-z_]\w*\}`;
const A_VARIABLE: JsonSchema = { type: 'string', pattern: VARIABLE };

/**
 * What is declared, and what is taken beside it: a variable in place of any value, `yes` and `no` for true and false;
 * in option blocks also no value at all for an option that is not needed, and a number or a boolean for text. The
 * default goes to the end of each description, for editors show that and nothing else.
 */
export function tolerant(schema: JsonSchema, place: Place): JsonSchema {
  const { description, default: value, ...form } = schema;
  const made = tolerantForm(form, place);
  if (description !== undefined) made.description = withDefault(description, value);
  if (value !== undefined) made.default = value;
  return made;
}

/** {@link tolerant} for each of the definitions. */
export function tolerantDefinitions(definitions: Definitions, place: Place): Definitions {
  return mapValues(definitions, (schema) => tolerant(schema, place));
}

function tolerantForm(form: JsonSchema, place: Place): JsonSchema {
  if (form.allOf) return { ...form };
  if (form.anyOf) return { anyOf: form.anyOf.flatMap((one) => branches(tolerant(one, place))) };
  switch (form.type) {
    case 'object':
      return tolerantMapping(form, place);
    case 'array':
      return form.items ? { ...form, items: tolerant(form.items as JsonSchema, place) } : form;
    case 'string':
      return tolerantText(form, place);
    case 'boolean':
      return { anyOf: [form, { type: 'string', pattern: `${yamlBoolean(form)}|${VARIABLE}` }] };
    case 'integer':
    case 'number':
      return { anyOf: [form, A_VARIABLE] };
    default:
      return { ...form };
  }
}

/** The forms that a schema has to choose from. */
function branches(schema: JsonSchema): JsonSchema[] {
  return schema.anyOf && Object.keys(schema).length === 1 ? schema.anyOf : [schema];
}

function tolerantMapping(form: JsonSchema, place: Place): JsonSchema {
  const made = { ...form };
  const { properties, additionalProperties: others, required = [] } = form;
  if (properties) {
    made.properties = mapValues(properties as Definitions, (schema, key) => {
      const option = tolerant(schema, place);
      return place === 'in option blocks' && !required.includes(key) ? orNothing(option) : option;
    });
  }
  if (typeof others === 'object') {
    const value = tolerant(others, place);
    made.additionalProperties =
      place === 'in option blocks' && others.type !== 'array' ? orNothing(value) : value;
  }
  return made;
}

function tolerantText(form: JsonSchema, place: Place): JsonSchema {
  if (form.enum) return { anyOf: [form, A_VARIABLE] };
  const { pattern } = form;
  const made = pattern === undefined ? { ...form } : { ...form, pattern: `${pattern}|${VARIABLE}` };
  if (place === 'elsewhere') return made;
  const isTaken = (text: string) => pattern === undefined || new RegExp(pattern, 'u').test(text);
  const types = [isTaken('1') && 'number', isTaken('true') && 'boolean'].filter((type) => type);
  return types.length === 0 ? made : ({ ...made, type: ['string', ...types] } as JsonSchema);
}

/** What YAML 1.1 has for true and false, as far as both are taken. */
function yamlBoolean({ const: only }: JsonSchema): string {
  return inAnyCase(only === false ? ['no', 'off'] : ['yes', 'no', 'on', 'off']);
}

/** Takes an option without a value as well. */
function orNothing(schema: JsonSchema): JsonSchema {
  const { type, allOf, anyOf, ...rest } = schema;
  const nothing: JsonSchema = { type: 'null' };
  if (allOf) return { ...rest, anyOf: [...allOf, nothing] };
  if (anyOf) return { ...rest, anyOf: [...anyOf, nothing] };
  if (type === undefined) return schema;
  return { ...rest, type: [type, 'null'].flat() } as unknown as JsonSchema;
}

function withDefault(description: string, value: unknown): string {
  const isEmpty = typeof value === 'object' && Object.keys(value ?? {}).length === 0;
  if (value === undefined || value === '' || isEmpty) return description;
  return `${description} Default: ${typeof value === 'string' ? value : JSON.stringify(value)}.`;
}

function mapValues(
  all: Readonly<Record<string, JsonSchema>>,
  change: (schema: JsonSchema, key: string) => JsonSchema,
): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(all).map(([key, schema]) => [key, change(schema, key)]));
}
