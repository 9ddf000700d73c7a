import { z } from 'zod';
import type { MetricDeclarations, Prober } from '../src/probers/contract.ts';
import { PROBERS } from '../src/probers/index.ts';

interface OptionSchema {
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly OptionSchema[];
  readonly items?: OptionSchema;
  readonly properties?: Readonly<Record<string, OptionSchema>>;
  readonly additionalProperties?: OptionSchema | boolean;
}

/** `docs/probers.md`: what every prober takes and gives, from its own declaration. */
export function renderProberReference(): string {
  return `${['# Probers', INTRODUCTION, ...PROBERS.map(renderProber)].join('\n\n')}\n`;
}

const INTRODUCTION = `Generated from \`src/probers/\` by \`npm run docs\`; do not edit. An option stands in the block named after
the prober, in a check or in a module. Every check also has the metrics of [docs/metrics.md](metrics.md).`;

function renderProber(prober: Prober): string {
  const { name, summary, target, options, metrics, probeDefaults = {} } = prober;
  const { properties = {} } = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' });
  const sections = [
    `## ${name}`,
    summary,
    target
      ? `Target: ${target.description}, such as \`${target.example}\`.`
      : 'Target: none, it looks at this host.',
    `Example: [examples/probers/${name}.yml](../examples/probers/${name}.yml).`,
    renderOptions(properties as Readonly<Record<string, OptionSchema>>),
    ...Object.entries(probeDefaults).map(
      ([option, value]) =>
        `Where a module does not say \`${option}\`, it is \`${String(value)}\` on /probe, as in blackbox_exporter.`,
    ),
    renderMetrics(metrics),
  ];
  return sections.join('\n\n');
}

function renderOptions(properties: Readonly<Record<string, OptionSchema>>): string {
  const rows = flatten(properties, '').map(
    ([name, option]) =>
      `| \`${name}\` | ${cell(typeOf(option))} | ${cell(defaultOf(option))} | ${cell(option.description ?? '')} |`,
  );
  return ['| option | type | default | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

function flatten(
  properties: Readonly<Record<string, OptionSchema>>,
  prefix: string,
): [string, OptionSchema][] {
  return Object.entries(properties).flatMap(([name, option]) => {
    const inner = option.properties ?? option.items?.properties;
    const path = `${prefix}${name}${option.items?.properties ? '[]' : ''}`;
    return [[path, option], ...(inner ? flatten(inner, `${path}.`) : [])] as [
      string,
      OptionSchema,
    ][];
  });
}

function typeOf(option: OptionSchema): string {
  if (option.enum) return option.enum.map((value) => `\`${value}\``).join(', ');
  if (option.const !== undefined) return `\`${option.const}\``;
  if (option.anyOf) return option.anyOf.map(typeOf).join(' or ');
  if (option.type === 'array') return `list of ${option.items ? typeOf(option.items) : 'anything'}`;
  return WORDS[option.type ?? ''] ?? 'text';
}

const WORDS: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  integer: 'whole number',
  number: 'number',
  object: 'mapping',
  string: 'text',
};

function defaultOf(option: OptionSchema): string {
  return option.default === undefined ? '' : `\`${JSON.stringify(option.default)}\``;
}

function renderMetrics(metrics: MetricDeclarations): string {
  const rows = Object.entries(metrics).map(([name, declared]) => {
    const { help, type = 'gauge', labels = [], unreached } = declared;
    const meaning =
      unreached === undefined ? help : `${help} On /probe ${unreached} where not reached.`;
    return `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${cell(meaning)} |`;
  });
  return ['| metric | type | labels | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

/** Text inside a table. */
function cell(text: string): string {
  return text.replace(/\|/g, '\\|').replace(/\s+/g, ' ');
}
