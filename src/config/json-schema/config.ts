import { capitalized } from '../../lib/capitalized.ts';
import type { Prober } from '../../probers/contract.ts';
import { PROBERS } from '../../probers/index.ts';
import type { JsonSchema } from '../../probers/shared/schema-hints.ts';
import { BUILTIN_MODULES } from '../builtin-modules.ts';
import { metricLabelsOf } from '../metric-labels.ts';
import { checkSchema, fileSchema, moduleSchema } from '../schema.ts';
import { type Definitions, declared } from './declared.ts';
import { type Tolerance, tolerant, tolerantDefinitions } from './tolerant.ts';

/** Draft 7: what the YAML language server, and with it most editors, has read longest and reads best. */
export const DRAFT = 'http://json-schema.org/draft-07/schema#';

const FILE: Tolerance = { variables: true, goValues: false };
const OPTION_BLOCK: Tolerance = { variables: true, goValues: true };

/** The JSON Schema of the configuration file, for editors. */
export function configJsonSchema(): JsonSchema {
  const { schema, definitions } = declared(fileSchema);
  const file = tolerant(schema, FILE);
  const { checks, modules } = file.properties as Definitions;
  return {
    $schema: DRAFT,
    title: 'Configuration of healthcheck-exporter',
    ...file,
    properties: {
      ...file.properties,
      checks: {
        description: checks?.description,
        type: ['array', 'null'],
        items: ref('check'),
      },
      modules: {
        description: modules?.description,
        type: ['object', 'null'],
        propertyNames: { minLength: 1 },
        additionalProperties: ref('module'),
      },
    },
    anyOf: [
      { required: ['checks'], properties: { checks: { type: 'array' } } },
      { required: ['modules'], properties: { modules: { type: 'object' } } },
    ],
    definitions: {
      check: check(),
      module: module(),
      ...tolerantDefinitions(definitions, FILE),
      ...optionBlocks(),
    },
  } as JsonSchema;
}

/** A check: its module, or its prober with what that takes and nothing of another. */
function check(): JsonSchema {
  const entry = withBlocks(tolerant(declared(checkSchema).schema, FILE));
  const { module } = entry.properties as Definitions;
  return {
    ...entry,
    properties: {
      ...entry.properties,
      module: { ...module, examples: Object.keys(BUILTIN_MODULES) },
    },
    oneOf: [{ required: ['prober'] }, { required: ['module'] }],
    allOf: [
      where({ required: ['module'] }, { properties: blocksOfOthers() } as JsonSchema),
      ...PROBERS.map((prober) => forProber(prober, checkOf(prober))),
    ],
  };
}

function checkOf(prober: Prober): JsonSchema {
  const { name, target } = prober;
  const labels = [...metricLabelsOf(prober)];
  const needed = requiresBlock(prober) ? [name] : [];
  return {
    required: target ? ['target', ...needed] : needed,
    properties: {
      target: target
        ? { description: `${capitalized(target.description)}.`, examples: [target.example] }
        : false,
      ...(labels.length > 0 && { labels: { propertyNames: { not: { enum: labels } } } }),
      ...(requiresBlock(prober) && { [name]: { type: 'object' } }),
      ...blocksOfOthers(name),
    },
  } as JsonSchema;
}

/** A module. Blocks of other probers are taken as they are, as in blackbox_exporter. */
function module(): JsonSchema {
  return {
    ...withBlocks(tolerant(declared(moduleSchema).schema, FILE)),
    allOf: PROBERS.filter(requiresBlock).map((prober) =>
      forProber(prober, {
        required: [prober.name],
        properties: { [prober.name]: { type: 'object' } },
      }),
    ),
  };
}

function forProber({ name }: Prober, rules: JsonSchema): JsonSchema {
  return where({ required: ['prober'], properties: { prober: { const: name } } }, rules);
}

function where(condition: JsonSchema, rules: JsonSchema): JsonSchema {
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema, and no promise.
  return { if: condition, then: rules };
}

/** An entry whose option blocks stand in `definitions`. */
function withBlocks(entry: JsonSchema): JsonSchema {
  const blocks = PROBERS.map(({ name, summary }): [string, JsonSchema] => [
    name,
    { description: summary, anyOf: [ref(name), { type: 'null' }] },
  ]);
  return { ...entry, properties: { ...entry.properties, ...Object.fromEntries(blocks) } };
}

function blocksOfOthers(own?: string): Record<string, false> {
  const others = PROBERS.filter(({ name }) => name !== own);
  return Object.fromEntries(others.map(({ name }) => [name, false]));
}

function requiresBlock({ options }: Prober): boolean {
  return (declared(options).schema.required ?? []).length > 0;
}

/** The option block of each prober under its name, and the blocks that stand in several, such as `tls_config`. */
function optionBlocks(): Definitions {
  const blocks = PROBERS.map(({ name, options }) => {
    const { schema, definitions } = declared(options);
    return { [name]: schema, ...definitions };
  });
  return tolerantDefinitions(Object.assign({}, ...blocks), OPTION_BLOCK);
}

function ref(name: string): JsonSchema {
  return { $ref: `#/definitions/${name}` };
}
