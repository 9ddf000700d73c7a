import { Help } from 'commander';
import { capitalized } from '../lib/capitalized.ts';
import { EXIT_CODES } from './exit.ts';
import { type FlagManual, leavesOf, type Manual } from './manual.ts';

/** A terminal's usual width: what is written for it fits everywhere. */
const WIDTH = 80;
/** Where meanings begin; a longer term has its line for itself. */
const MEANING_COLUMN = 30;

/** The help of one command: what it is, examples, then how to use it. Ends with a line feed. */
export function renderHelp(manual: Manual): string {
  const { summary, examples, usage, operands, flagGroups, commands, words } = manual;
  const groups = flagGroups.map(({ heading, flags }) => ({
    heading,
    items: flags.map((flag) => [flagTerm(flag), flagMeaning(flag)] as const),
  }));
  const flagColumn = columnOf(groups.flatMap(({ items }) => items));
  const sections = [
    wrap(`${capitalized(summary)}.`, 0),
    section(
      'Examples',
      examples.map(({ line, meaning }) => `${wrapComment(meaning)}\n  ${line}`).join('\n\n'),
    ),
    section('Usage', usage.map((line) => `  ${line}`).join('\n')),
    section('Commands', list(leavesOf(commands).map((leaf) => commandItem(leaf, words.length)))),
    section('Arguments', list(operands.map(({ term, meaning }) => [term, meaning]))),
    ...groups.map(({ heading, items }) => section(heading, list(items, flagColumn))),
    words.length === 0 ? section('Exit codes', list(exitCodes)) : '',
    commands.length > 0 ? `"${manual.name} <command> --help" shows more of a command.` : '',
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
}

/** `--log.level <level>`. */
export function flagTerm({ short, long, placeholder }: FlagManual): string {
  const names = short === undefined ? long : `${short}, ${long}`;
  return placeholder === undefined ? names : `${names} ${placeholder}`;
}

function flagMeaning({ meaning, kind, default: value }: FlagManual): string {
  const choices = typeof kind === 'string' ? [] : [`one of ${kind.join(', ')}`];
  const more = [...choices, ...(value === undefined ? [] : [`default ${value}`])];
  return more.length > 0 ? `${meaning} (${more.join('; ')})` : meaning;
}

function section(heading: string, text: string): string {
  return text === '' ? '' : `${heading}:\n${text}`;
}

type Item = readonly [term: string, meaning: string];

/** `config check`, as it follows the command whose help it is. */
function commandItem({ words, summary }: Manual, depth: number): Item {
  return [words.slice(depth).join(' '), summary];
}

const exitCodes = EXIT_CODES.map(([code, meaning]): Item => [`${code}`, meaning]);

function list(items: readonly Item[], column = columnOf(items)): string {
  return items.map(([term, meaning]) => item(term, meaning, column)).join('\n');
}

/** Where the meanings of these begin. */
function columnOf(items: readonly Item[]): number {
  const longest = Math.max(0, ...items.map(([term]) => term.length));
  return Math.min(MEANING_COLUMN, longest + 4);
}

function item(term: string, meaning: string, column: number): string {
  const text = wrap(meaning, column);
  if (term.length + 4 > column) return `  ${term}\n${text}`;
  return `  ${term}${text.slice(2 + term.length)}`;
}

function wrapComment(text: string): string {
  return wrap(text, 4).replaceAll(/^ {4}/gm, '  # ');
}

/** Lines of at most {@link WIDTH} columns, each behind so many spaces. */
function wrap(text: string, column: number): string {
  const indent = ' '.repeat(column);
  return new Help()
    .boxWrap(text, WIDTH - column)
    .split('\n')
    .map((line) => indent + line)
    .join('\n');
}
