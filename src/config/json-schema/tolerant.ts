import { inAnyCase, type JsonSchema } from '../../probers/shared/schema-hints.ts';
import type { Definitions } from './declared.ts';

/** What a part of a file takes beside what is declared. */
export interface Tolerance {
  /** A variable of the environment in place of any value. */
  readonly variables: boolean;
  /**
   * Values as Go's YAML reader takes them, see `asGoReads()`: none at all for an option that is not needed, and a
   * number or a boolean for text.
   */
  readonly goValues: boolean;
}

/** Text with a variable of the environment: it may stand for any value. */
const VARIABLE = String.raw`\$\{[A-Za-z_]\w*\}`;
const A_VARIABLE: JsonSchema = { type: 'string', pattern: VARIABLE };

/**
 * What is declared, and what is taken beside it; `yes` and `no` for true and false everywhere. The default goes to the
 * end of each description, for editors show that and nothing else.
 */
export function tolerant(schema: JsonSchema, tolerance: Tolerance): JsonSchema {
  const { description, default: value, ...form } = schema;
  const made = tolerantForm(form, tolerance);
  if (description !== undefined) made.description = withDefault(description, value);
  if (value !== undefined) made.default = value;
  return made;
}

/** {@link tolerant} for each of the definitions. */
export function tolerantDefinitions(definitions: Definitions, tolerance: Tolerance): Definitions {
  return mapValues(definitions, (schema) => tolerant(schema, tolerance));
}

function tolerantForm(form: JsonSchema, tolerance: Tolerance): JsonSchema {
  if (form.allOf) return { ...form };
  if (form.anyOf) return { anyOf: form.anyOf.flatMap((one) => branches(tolerant(one, tolerance))) };
  switch (form.type) {
    case 'object':
      return tolerantMapping(form, tolerance);
    case 'array':
      return form.items ? { ...form, items: tolerant(form.items as JsonSchema, tolerance) } : form;
    case 'string':
      return tolerantText(form, tolerance);
    case 'boolean':
      return {
        anyOf: [form, { type: 'string', pattern: orVariable(yamlBoolean(form), tolerance) }],
      };
    case 'integer':
    case 'number':
      return withVariable(form, tolerance);
    default:
      return { ...form };
  }
}

/** The forms that a schema has to choose from. */
function branches(schema: JsonSchema): JsonSchema[] {
  return schema.anyOf && Object.keys(schema).length === 1 ? schema.anyOf : [schema];
}

function tolerantMapping(form: JsonSchema, tolerance: Tolerance): JsonSchema {
  const made = { ...form };
  const { properties, additionalProperties: others, required = [] } = form;
  if (properties) {
    made.properties = mapValues(properties as Definitions, (schema, key) => {
      const option = tolerant(schema, tolerance);
      return tolerance.goValues && !required.includes(key) ? orNothing(option) : option;
    });
  }
  if (typeof others === 'object') {
    const value = tolerant(others, tolerance);
    const mayBeEmpty = others.type === 'object' || takes(others, '');
    made.additionalProperties = tolerance.goValues && mayBeEmpty ? orNothing(value) : value;
  }
  return made;
}

function tolerantText(form: JsonSchema, tolerance: Tolerance): JsonSchema {
  if (form.enum) return withVariable(form, tolerance);
  const { pattern } = form;
  const made =
    pattern === undefined ? { ...form } : { ...form, pattern: orVariable(pattern, tolerance) };
  if (!tolerance.goValues) return made;
  // A duration of nothing has no unit.
  if (takes(form, '0') && !takes(form, '1')) return { anyOf: [made, { const: 0 }] };
  const types = [takes(form, '1') && 'number', takes(form, 'true') && 'boolean'].filter(Boolean);
  return types.length === 0 ? made : ({ ...made, type: ['string', ...types] } as JsonSchema);
}

/** Whether a text may stand where the pattern says what may. */
function takes({ type, pattern }: JsonSchema, text: string): boolean {
  return type === 'string' && (pattern === undefined || new RegExp(pattern, 'u').test(text));
}

function withVariable(form: JsonSchema, { variables }: Tolerance): JsonSchema {
  return variables ? { anyOf: [form, A_VARIABLE] } : form;
}

function orVariable(pattern: string, { variables }: Tolerance): string {
  return variables ? `${pattern}|${VARIABLE}` : pattern;
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
