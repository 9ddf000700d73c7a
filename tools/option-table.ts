import type { JsonSchema } from '../src/probers/shared/schema-hints.ts';
import { table } from './markdown-table.ts';

type Options = Readonly<Record<string, JsonSchema>>;

/** A table of options: name, type, default and meaning. Options inside of others stand below them. */
export function optionTable({ properties = {}, required = [] }: JsonSchema): string {
  const rows = flattened(properties as Options, required).map(([name, option, isRequired]) => [
    `\`${name}\``,
    typeOf(option),
    isRequired ? 'required' : defaultOf(option),
    option.description ?? '',
  ]);
  return table(['option', 'type', 'default', 'meaning'], rows);
}

type Row = readonly [name: string, option: JsonSchema, isRequired: boolean];

function flattened(options: Options, required: readonly string[], prefix = ''): Row[] {
  return Object.entries(options).flatMap(([name, option]): Row[] => {
    const { path, inner } = insideOf(`${prefix}${name}`, option);
    const below = flattened((inner.properties ?? {}) as Options, inner.required ?? [], `${path}.`);
    return [[`${prefix}${name}`, option, required.includes(name)], ...below];
  });
}

/** What is in a list, or at any key of a mapping, and how the way there is written. */
function insideOf(path: string, option: JsonSchema): { path: string; inner: JsonSchema } {
  const { items, additionalProperties: others } = meant(option);
  if (typeof items === 'object') return { path: `${path}[]`, inner: meant(items as JsonSchema) };
  if (typeof others === 'object') return { path: `${path}.<name>`, inner: meant(others) };
  return { path, inner: meant(option) };
}

/** The first of several forms that has options in it: the others are texts and nothing at all. */
function meant(option: JsonSchema): JsonSchema {
  return option.anyOf?.find(({ type }) => type === 'object' || type === 'array') ?? option;
}

function typeOf(option: JsonSchema): string {
  const { $ref, $comment, allOf, anyOf, type, items, const: only } = option;
  if ($ref) return `mapping, see [${blockOf($ref)}](#${blockOf($ref)})`;
  if ($comment) return $comment;
  if (allOf?.[0]) return typeOf(allOf[0]);
  if (anyOf) return [...new Set(anyOf.filter(isWorthSaying).map(typeOf))].join(' or ');
  if (option.enum) return option.enum.map((value) => `\`${shown(value)}\``).join(', ');
  if (only !== undefined) return `\`${shown(only)}\``;
  if (type === 'array') return `list of ${items ? pluralOf(items as JsonSchema) : 'anything'}`;
  if (type === 'integer' || type === 'number') return numberOf(option);
  return WORDS[String(type)] ?? 'text';
}

/** Nothing, an empty text and another case are taken too, which nobody needs to know. */
function isWorthSaying({ type, const: only, pattern, $comment }: JsonSchema): boolean {
  const isForm = pattern !== undefined && $comment === undefined;
  return type !== 'null' && only !== '' && only !== 0 && !isForm;
}

const WORDS: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  object: 'mapping',
  string: 'text',
};

const PLURALS: Readonly<Record<string, string>> = {
  text: 'texts',
  mapping: 'mappings',
  number: 'numbers',
  duration: 'durations',
  'RE2 expression': 'RE2 expressions',
  'port or range': 'ports and ranges',
  'mapping or text': 'mappings and texts',
};

function pluralOf(items: JsonSchema): string {
  const one = typeOf(items);
  return PLURALS[one] ?? one.replace(/^(whole )?number\b/, '$1numbers');
}

function numberOf({ type, minimum, maximum, exclusiveMinimum }: JsonSchema): string {
  const word = type === 'integer' ? 'whole number' : 'number';
  if (exclusiveMinimum !== undefined) return `${word} above ${exclusiveMinimum}`;
  const least = isLimit(minimum) ? minimum : undefined;
  const most = isLimit(maximum) ? maximum : undefined;
  if (least !== undefined && most !== undefined) return `${word}, ${least} to ${most}`;
  if (least !== undefined) return `${word}, at least ${least}`;
  return most === undefined ? word : `${word}, at most ${most}`;
}

/** Of whole numbers, those that can be told apart are always said. */
function isLimit(value: number | undefined): value is number {
  return value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;
}

function defaultOf({ default: value }: JsonSchema): string {
  return value === undefined ? '' : `\`${shown(value)}\``;
}

function shown(value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
}

function blockOf(ref: string): string {
  return ref.split('/').at(-1) ?? '';
}
