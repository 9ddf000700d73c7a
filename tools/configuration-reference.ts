import { readFileSync } from 'node:fs';
import { type Definitions, declared } from '../src/config/json-schema/declared.ts';
import { checkSchema, fileSchema, moduleSchema } from '../src/config/schema.ts';
import type { MetricDeclarations, Prober } from '../src/probers/contract.ts';
import { PROBERS } from '../src/probers/index.ts';
import type { JsonSchema } from '../src/probers/shared/schema-hints.ts';
import { table } from './markdown-table.ts';
import { optionTable } from './option-table.ts';

/** `docs/configuration.md`: everything that may stand in the configuration file, from its own declarations. */
export function renderConfigurationReference(): string {
  const sections = [
    INTRODUCTION,
    VALUES,
    `## The file\n\n${THE_FILE}\n\n${optionTable(withEntries(declared(fileSchema).schema))}`,
    `## A check\n\n${A_CHECK}\n\n${optionTable(withoutBlocks(declared(checkSchema).schema))}`,
    `## A module\n\n${A_MODULE}\n\n${optionTable(withoutBlocks(declared(moduleSchema).schema))}`,
    `## Probers\n\n${PROBER_LIST}`,
    ...PROBERS.map(renderProber),
    `## Blocks that several probers have\n\n${renderSharedBlocks()}`,
  ];
  return `${sections.join('\n\n')}\n`;
}

const INTRODUCTION = `# Configuration

Everything that may stand in the configuration file, with type, default and meaning. Made of what the program itself
declares; \`npm run docs\` writes it anew.

One YAML file says what must be healthy. This one is whole:

\`\`\`yaml
# yaml-language-server: $schema=config.schema.json
checks:
  - name: Website
    target: https://example.com
    prober: http
    http: {valid_status_codes: [200]}
  - {name: SSH, target: "localhost:22", prober: tcp, timeout: 3s}
  - {name: Disk Space, target: /, prober: disk, disk: {max_used_percent: 80}}
\`\`\`

\`healthcheck-exporter config check healthcheck.yml\` tells every mistake in a file, with its place and what was probably meant.
\`healthcheck-exporter check --config.file=healthcheck.yml\` runs the checks once.

## While you write

An editor with the YAML language server (VS Code's YAML extension, Neovim, Helix, Emacs and others) completes options,
explains them and underlines mistakes, where the first line of the file names the schema:

\`\`\`text
# yaml-language-server: $schema=config.schema.json
\`\`\`

\`healthcheck-exporter config schema > config.schema.json\` writes it beside your file, \`config schema web-config\` the one for
[TLS and users](tls-and-authentication.md). In this repository they are [schemas/config.schema.json](schemas/config.schema.json)
and [schemas/web-config.schema.json](schemas/web-config.schema.json), in draft 7 of JSON Schema. What only the program can
know, such as whether an expression compiles or a name stands there twice, \`config check\` says.`;

const VALUES = `## Values

| type | written |
|---|---|
| duration | as Prometheus has it: \`500ms\`, \`5s\`, \`1m30s\`, \`2h\`, \`7d\`; also \`2.5s\`. A number without a unit is refused. |
| size | as blackbox_exporter has it: \`512B\`, \`10KB\`, \`1.5MB\`. Each step is 1024, with and without an \`i\` (\`10MiB\`). |
| RE2 expression | a regular expression in [RE2 syntax](https://github.com/google/re2/wiki/Syntax), Go's: no look-around and no back-references, and in return no expression takes long. It matches anywhere unless it has \`^\` and \`$\`. In single quotes no backslash needs another. |
| CEL expression | a condition in [CEL](https://cel.dev/) over \`body\`, the parsed JSON of an answer |
| true or false | \`true\`, \`false\`; also \`yes\`, \`no\`, \`on\`, \`off\` |

With \`--config.expand-env\`, \`\${NAME}\` in any value stands for a variable of the environment: [secrets.md](secrets.md).
An unknown key is a mistake, never ignored. In option blocks an option left empty counts as absent.`;

const THE_FILE = `At least \`checks:\` or \`modules:\` is there. A file of blackbox_exporter is such a file as it is.`;

const A_CHECK = `An entry of \`checks:\`. It names a \`module\` of the file or a built-in one, or a \`prober\`, whose options then stand in
the block of its name.`;

const A_MODULE = `An entry of \`modules:\`, at its name: a way of probing that several checks and \`/probe?module=\` can use. Blocks of other
probers than its own mean nothing in it.`;

const PROBER_LIST = table(
  ['prober', 'what must be true', 'target'],
  PROBERS.map(({ name, summary, target }) => [
    `[${name}](#${name})`,
    summary,
    target ? target.description : 'none: this host',
  ]),
);

const CHECKS: JsonSchema = { $comment: 'list of [checks](#a-check)' };
const MODULES: JsonSchema = { $comment: '[modules](#a-module) by name' };
const ENTRIES: JsonSchema = { $comment: 'list of [entries](probe-policy.md#entries)' };

/** With a link where others stand than options. */
function withEntries(file: JsonSchema): JsonSchema {
  const { checks, modules, probe_policy: policy, ...others } = file.properties as Definitions;
  const block = policy?.anyOf?.find(({ type }) => type === 'object');
  const { deny, allow, ...rest } = (block?.properties ?? {}) as Definitions;
  return {
    properties: {
      checks: { ...CHECKS, description: checks?.description },
      modules: { ...MODULES, description: modules?.description },
      ...others,
      probe_policy: {
        type: 'object',
        description: policy?.description,
        properties: {
          ...rest,
          deny: { ...ENTRIES, description: deny?.description },
          allow: { ...ENTRIES, description: allow?.description },
        },
      },
    },
  } as JsonSchema;
}

function withoutBlocks({ properties, ...schema }: JsonSchema): JsonSchema {
  const isBlock = (name: string) => PROBERS.some((prober) => prober.name === name);
  const own = Object.entries(properties ?? {}).filter(([name]) => !isBlock(name));
  return { ...schema, properties: Object.fromEntries(own) };
}

function renderProber({
  name,
  summary,
  target,
  options,
  metrics,
  probeDefaults = {},
}: Prober): string {
  const file = `examples/probers/${name}.yml`;
  return [
    `## ${name}`,
    summary,
    target
      ? `Target: ${target.description}, such as \`${target.example}\`.`
      : 'Target: none, it looks at this host.',
    `Options, in the block \`${name}:\``,
    optionTable(declared(options).schema),
    ...Object.entries(probeDefaults).map(
      ([option, value]) =>
        `Where a module does not say \`${option}\`, it is \`${String(value)}\` on /probe, as in blackbox_exporter.`,
    ),
    `Metrics, beside [those of every check](metrics.md)`,
    metricTable(metrics),
    `Example: [${file}](../${file})`,
    `\`\`\`yaml\n${exampleIn(file)}\n\`\`\``,
  ].join('\n\n');
}

function metricTable(metrics: MetricDeclarations): string {
  const rows = Object.entries(metrics).map(([name, declared]) => {
    const { help, type = 'gauge', labels = [], unreached } = declared;
    const meaning =
      unreached === undefined ? help : `${help} On /probe ${unreached} where not reached.`;
    return [`\`${name}\``, type, labels.map((label) => `\`${label}\``).join(', '), meaning];
  });
  return table(['metric', 'type', 'labels', 'meaning'], rows);
}

/** An example without the line that is for its editor. */
function exampleIn(file: string): string {
  const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
  return text.replace(/^# yaml-language-server:.*\n/, '').trimEnd();
}

function renderSharedBlocks(): string {
  const shared: Definitions = Object.assign(
    {},
    ...PROBERS.map(({ options }) => declared(options).definitions),
  );
  return Object.entries(shared)
    .map(([name, block]) => `### ${name}\n\n${optionTable(block)}`)
    .join('\n\n');
}
