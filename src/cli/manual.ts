import type { Argument, Command, Option } from 'commander';
import { CliCommand, type Example } from './cli-command.ts';

/** All there is to say of a command, as data: help, completions, man page and docs/cli.md are made of it. */
export interface Manual {
  /** Without the program's own name; empty for the program itself. */
  readonly words: readonly string[];
  /** `healthcheck-exporter config check`. */
  readonly name: string;
  /** Begins in lower case and is no sentence. */
  readonly summary: string;
  readonly usage: readonly string[];
  readonly examples: readonly Example[];
  readonly operands: readonly OperandManual[];
  readonly flagGroups: readonly FlagGroup[];
  readonly commands: readonly Manual[];
}

/** What a value can be, as far as a shell can complete it: these words, or files of the system. */
export type ValueKind = readonly string[] | 'file' | 'directory' | 'other';

/** A word after the command that is no flag. */
export interface OperandManual {
  /** `[file...]`, `<target>`. */
  readonly term: string;
  readonly kind: ValueKind;
  readonly meaning: string;
}

/** Flags under one heading. */
export interface FlagGroup {
  readonly heading: string;
  readonly flags: readonly FlagManual[];
}

/** One flag. */
export interface FlagManual {
  /** `-h`; most have none. */
  readonly short: string | undefined;
  /** `--log.level`. */
  readonly long: string;
  /** `<level>`; absent for a switch. */
  readonly placeholder: string | undefined;
  readonly kind: ValueKind;
  readonly default: string | undefined;
  readonly meaning: string;
}

/**
 * Reads the manual off the declarations of commands and flags.
 *
 * @param defaultCommand the command that is meant where none is named: its flags are the program's too.
 */
export function manualOf(program: Command, defaultCommand: Command): Manual {
  const own = manualOfCommand(program);
  const defaults = flagGroupsOf(defaultCommand).filter(({ heading }) => heading !== OTHER);
  return {
    ...own,
    usage: [`${own.name} [${defaultCommand.name()}] [flags]`, `${own.name} <command> [flags]`],
    flagGroups: [...defaults, ...own.flagGroups.map(({ flags }) => ({ heading: OTHER, flags }))],
  };
}

/** A command and all below it. */
export function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

/** The commands that do something by themselves. */
export function leavesOf(commands: readonly Manual[]): Manual[] {
  return commands.flatMap((one) => (one.commands.length > 0 ? leavesOf(one.commands) : [one]));
}

/** How a command is called, without the program's own name. */
export function wordsOf(command: Command): string[] {
  return command.parent ? [...wordsOf(command.parent), command.name()] : [];
}

function manualOfCommand(command: Command): Manual {
  const words = wordsOf(command);
  const name = [rootOf(command).name(), ...words].join(' ');
  const operands = command.registeredArguments.map(manualOfOperand);
  const commands = command.commands.map(manualOfCommand);
  const rest = commands.length > 0 ? ['<command>'] : operands.map(({ term }) => term);
  return {
    words,
    name,
    summary: command.description(),
    usage: [[name, ...rest, '[flags]'].join(' ')],
    examples: command instanceof CliCommand ? command.examples : [],
    operands,
    flagGroups: flagGroupsOf(command),
    commands,
  };
}

function rootOf(command: Command): Command {
  return command.parent ? rootOf(command.parent) : command;
}

function manualOfOperand(argument: Argument): OperandManual {
  const name = argument.name();
  const inner = argument.variadic ? `${name}...` : name;
  return {
    term: argument.required ? `<${inner}>` : `[${inner}]`,
    kind: kindOf(argument.argChoices, name),
    meaning: argument.description,
  };
}

const PLAIN = 'Flags';
const OTHER = 'Other flags';

function flagGroupsOf(command: Command): FlagGroup[] {
  const options = command.createHelp().visibleOptions(command);
  const headings = new Set(options.map(headingOf));
  return [...headings].map((heading) => ({
    heading: heading ?? (headings.size > 1 ? OTHER : PLAIN),
    flags: options.filter((option) => headingOf(option) === heading).map(manualOfFlag),
  }));
}

/** The parser puts `--help` under whatever heading came last. */
function headingOf({ long, helpGroupHeading }: Option): string | undefined {
  return long === '--help' ? undefined : helpGroupHeading;
}

function manualOfFlag(option: Option): FlagManual {
  const { short, long = '', flags, argChoices, defaultValue, defaultValueDescription } = option;
  const placeholder = /[<[].*$/.exec(flags)?.[0];
  return {
    short,
    long,
    placeholder,
    kind: kindOf(argChoices, placeholder?.slice(1, -1)),
    default:
      defaultValueDescription ?? (defaultValue === undefined ? undefined : `${defaultValue}`),
    meaning: option.description,
  };
}

function kindOf(choices: readonly string[] | undefined, name: string | undefined): ValueKind {
  if (choices) return choices;
  return name === 'file' || name === 'directory' ? name : 'other';
}
