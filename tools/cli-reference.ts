import { EXIT_CODES } from '../src/cli/exit.ts';
import { flagTerm } from '../src/cli/help.ts';
import type { FlagManual, Manual, OperandManual } from '../src/cli/manual.ts';
import { createProgram } from '../src/cli/program.ts';
import { capitalized } from '../src/lib/capitalized.ts';
import { ENVIRONMENT, SIGNALS, sectionsOf } from './cli-facts.ts';
import { table } from './markdown-table.ts';

/** `docs/cli.md`: every command and flag, from their declarations. */
export function renderCliReference(): string {
  const { program, commands } = sectionsOf(createProgram(() => {}).manual);
  const sections = [
    '# Command line',
    INTRODUCTION,
    table(
      ['command', 'does'],
      [program, ...commands].map(({ name, summary }) => [link(name), summary]),
    ),
    ...[program, ...commands].flatMap(renderCommand),
    '## Exit codes',
    table(
      ['code', 'says'],
      EXIT_CODES.map(([code, meaning]) => [`${code}`, meaning]),
    ),
    '## Variables of the environment',
    table(['variable', 'does'], ENVIRONMENT),
    '## Signals',
    'Of a process that serves:',
    table(['signal', 'does'], SIGNALS),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

const INTRODUCTION = `Generated from \`src/cli/\` by \`npm run docs\`; do not edit. The same is in the man page,
[healthcheck-exporter.1](man/healthcheck-exporter.1), and in \`--help\` of each command. A value follows its flag behind a space or
behind \`=\`. A duration is written as in Prometheus: \`500ms\`, \`3s\`, \`1m30s\`; seconds are a number. What is asked for goes to standard output, everything else to standard error.`;

function renderCommand({ name, summary, examples, usage, operands, flagGroups }: Manual): string[] {
  const lines = examples.map(({ line, meaning }) => `# ${meaning}\n${line}`);
  return [
    `## ${name}`,
    `${capitalized(summary)}.`,
    fence('sh', lines.join('\n\n')),
    fence('text', usage.join('\n')),
    operands.length > 0 ? table(['argument', 'type', 'meaning'], operands.map(operandRow)) : '',
    ...flagGroups.flatMap(({ heading, flags }) => [
      flagGroups.length > 1 ? `### ${heading}` : '',
      table(['flag', 'type', 'default', 'meaning'], flags.map(flagRow)),
    ]),
  ];
}

function operandRow({ term, kind, meaning }: OperandManual): string[] {
  return [code(term), typeof kind === 'string' ? 'text' : kind.map(code).join(', '), meaning];
}

function flagRow(flag: FlagManual): string[] {
  const { placeholder, kind, default: value, meaning } = flag;
  const type = placeholder?.slice(1, -1) ?? 'switch';
  const optional = placeholder?.startsWith('[') ? ', may be left out' : '';
  return [
    code(flagTerm({ ...flag, placeholder: undefined })),
    typeof kind === 'string' ? `${type}${optional}` : kind.map(code).join(', '),
    value === undefined ? '' : code(value),
    meaning,
  ];
}

/** To a section of this page. */
function link(name: string): string {
  return `[${name}](#${name.toLowerCase().replaceAll(' ', '-')})`;
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

function code(text: string): string {
  return `\`${text}\``;
}
