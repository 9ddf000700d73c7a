import type { Command, CommanderError } from 'commander';
import { suggestion } from '../config/explain.ts';
import { withSubcommands, wordsOf } from './manual.ts';

/** The commands of a program. */
interface Commands {
  readonly root: Command;
  /** What is meant where no command is named. */
  readonly serve: Command;
}

/** What is wrong with a command line and would mislead its parser: a sentence each. */
export function findMisuse({ root }: Commands, words: readonly string[]): string[] {
  return [...oneDashed(root, words), ...misnamed(root, words)];
}

/** What the parser found wrong with a command line, as sentences that say what was probably meant. */
export function explainMisuse(
  { code, message }: CommanderError,
  commands: Commands,
  words: readonly string[],
): string[] {
  const sentence = message
    .replace(/^error: /, '')
    .replace(
      /^command-argument value ('.*') is invalid for argument '(.*?)'/s,
      'argument <$2> $1 is invalid',
    );
  const { command, rest } = commandOf(commands, words);
  if (code === 'commander.unknownOption') {
    const { unknown } = command.parseOptions([...rest]);
    return unknown
      .filter((word) => word.startsWith('-'))
      .map((word) => unknownFlag(word, command, commands.root));
  }
  if (code === 'commander.excessArguments') {
    const { operands } = command.parseOptions([...rest]);
    return [misplaced(operands, command, commands) ?? sentence];
  }
  if (code === 'commander.missingArgument') {
    const choices = command.registeredArguments.find(({ required }) => required)?.argChoices;
    return [choices ? `${sentence}, expected one of ${choices.join(', ')}` : sentence];
  }
  return [sentence];
}

/** Programs in Go take one dash as well; here, `-history.limit` would ask for `-h`. */
function oneDashed(root: Command, words: readonly string[]): string[] {
  const known = longFlags(withSubcommands(root));
  return words
    .filter((word) => /^-\w/.test(word) && known.has(`-${nameOf(word)}`))
    .map((word) => {
      return `unknown option '${word}', flags take two dashes: -${word}`;
    });
}

function misnamed(root: Command, words: readonly string[]): string[] {
  let at = root;
  for (const word of words) {
    if (at.commands.length === 0 || word.startsWith('-')) return [];
    const next = at.commands.find((command) => command.name() === word);
    if (!next) return [unknownCommand(word, at)];
    at = next;
  }
  return [];
}

/** Says that no command below `parent` is called so, and what may have been meant. */
export function unknownCommand(word: string, parent: Command): string {
  const sentence = `unknown command '${word}'`;
  if (word.includes('://')) {
    return `${sentence}, a target is probed by "healthcheck-exporter probe ${word}"`;
  }
  if (isFile(word) && !parent.parent) return `${sentence}, ${nameFile(word)}`;
  if (isFile(word) && parent.name() === 'config') {
    return `${sentence}, a file is checked by "healthcheck-exporter config check ${word}"`;
  }
  const known = parent.commands.map((command) => command.name());
  const near = suggestion(word, [...known, ...longFlags([parent])]);
  return `${sentence}${near || `, expected one of ${known.join(', ')}`}`;
}

function commandOf({ root, serve }: Commands, words: readonly string[]) {
  let command = root;
  let count = 0;
  for (const word of words) {
    const next = command.commands.find((inner) => inner.name() === word);
    if (!next) break;
    command = next;
    count++;
  }
  return { command: command === root ? serve : command, rest: words.slice(count) };
}

/** Flags of other programs that do the same, and what is said here instead. */
const FOREIGN_FLAGS: Readonly<Record<string, string>> = {
  '--help-long': 'use --help',
  '--help-man': 'use --help, or "man healthcheck-exporter"',
  '--completion-bash': 'use "healthcheck-exporter completion bash"',
  '--completion-script-bash': 'use "healthcheck-exporter completion bash"',
  '--completion-script-zsh': 'use "healthcheck-exporter completion zsh"',
};

function unknownFlag(word: string, command: Command, root: Command): string {
  const flag = nameOf(word);
  const sentence = `unknown option '${word}'`;
  const own = longFlags([command]);
  const foreign = FOREIGN_FLAGS[flag];
  if (foreign !== undefined) return `${sentence}, ${foreign}`;
  const positive = flag.replace(/^--no-/, '--');
  if (command.options.some(({ long, required }) => long === positive && !required)) {
    return `${sentence}, leave it out: ${positive} is off unless it is given`;
  }
  const owners = withSubcommands(root).filter((other) => longFlags([other]).has(flag));
  if (owners.length > 0) {
    const names = owners.map((owner) => `"${wordsOf(owner).join(' ')}"`);
    return `${sentence}, a flag of ${names.join(' and ')}`;
  }
  const name = ['healthcheck-exporter', ...wordsOf(command)].join(' ');
  return `${sentence}${suggestion(flag, [...own]) || `, see "${name} --help"`}`;
}

function misplaced(
  operands: readonly string[],
  command: Command,
  { root, serve }: Commands,
): string | undefined {
  const [first = ''] = operands.slice(command.registeredArguments.length);
  if (command === serve && root.commands.some((known) => known.name() === first)) {
    return `the command comes first, as in "healthcheck-exporter ${first} …"`;
  }
  if (isFile(first) && longFlags([command]).has('--config.file')) return nameFile(first);
  return undefined;
}

function isFile(word: string): boolean {
  return /\.(?:ya?ml|json)$/.test(word);
}

function nameFile(word: string): string {
  return `a configuration is named by its flag: --config.file=${word}`;
}

function nameOf(word: string): string {
  return word.replace(/=.*$/s, '');
}

function longFlags(commands: readonly Command[]): Set<string> {
  return new Set(commands.flatMap((command) => command.options.flatMap(({ long }) => long ?? [])));
}
