import { dump } from 'js-yaml';
import { quoted, spaced } from '../../lib/printable.ts';
import { checkSchema } from '../schema.ts';
import { STARTER_MODULES, type StarterModuleName } from './modules.ts';
import type { Section, Suggestion } from './section.ts';

/** No line is longer, but where a name is. */
const WIDTH = 120;
const MAX_NAME = 190;

/** What the first lines of the file say of it. */
interface Heading {
  /** What it was made of, as in "what this host has". */
  readonly found: string;
  /** What the file is called. */
  readonly file: string;
}

/** Writes the file. */
export function renderStarter({ found, file }: Heading, sections: readonly Section[]): string {
  const named = nameEach(sections);
  const lines = [
    '# yaml-language-server: $schema=config.schema.json',
    ...comment(`A configuration for healthcheck-exporter, made by "config init" from ${found}.`),
    '#',
    ...commands([
      [`check --config.file=${shellQuoted(file)}`, 'run every check once'],
      [`--config.file=${shellQuoted(file)}`, 'serve them to Prometheus'],
      ['config schema > config.schema.json', 'for completion in editors'],
    ]),
    '#',
    ...comment(
      'Delete what does not matter to you. What begins with "# - " is a check that you have to decide on.',
    ),
    '',
    isEmpty(named) ? 'checks: []  # Without the [] once there is one.' : 'checks:',
    ...named.flatMap((section, index) => [...(index > 0 ? [''] : []), ...renderSection(section)]),
    ...renderModules(named),
  ];
  return `${lines.join('\n')}\n`;
}

/** Pasted into a shell, a name with spaces is still one. */
function shellQuoted(file: string): string {
  return /^[\w./@%+=:,~-]+$/.test(file) ? file : `'${file.replaceAll("'", String.raw`'\''`)}'`;
}

function commands(lines: readonly (readonly [args: string, meaning: string])[]): string[] {
  const width = Math.max(...lines.map(([args]) => args.length));
  return lines.map(([args, meaning]) => {
    return `#   healthcheck-exporter ${spaced(args.padEnd(width))}   ${meaning}`;
  });
}

function isEmpty(sections: readonly Section[]): boolean {
  return sections.every(({ suggestions }) =>
    suggestions.every(({ check, isUncertain }) => isUncertain || notWritable(check) !== undefined),
  );
}

/** Gives each check a name of its own, of a length that is allowed. */
function nameEach(sections: readonly Section[]): Section[] {
  const taken = new Set<string>();
  const unique = (wanted: string) => {
    const short = spaced(wanted).trim().slice(0, MAX_NAME).toWellFormed();
    let name = short;
    for (let count = 2; taken.has(name); count++) name = `${short} (${count})`;
    taken.add(name);
    return name;
  };
  return sections.map((section) => ({
    ...section,
    suggestions: section.suggestions.map((suggestion) => {
      const { check } = suggestion;
      return { ...suggestion, check: { ...check, name: unique(check.name) } };
    }),
  }));
}

function renderSection({ title, intro, suggestions, remarks }: Section): string[] {
  const heading = `# --- ${title} `;
  return [
    heading.padEnd(WIDTH - INDENT.length, '-'),
    ...comment(intro),
    ...suggestions.flatMap((suggestion, index) =>
      renderSuggestion(suggestion, suggestions[index - 1]?.note),
    ),
    ...remarks.flatMap((remark) => comment(remark)),
  ].map((line) => `${INDENT}${line}`);
}

const INDENT = '  ';

/** @param noteAbove of the suggestion before: what it says is not said again. */
function renderSuggestion(
  { check, note, aside, isUncertain }: Suggestion,
  noteAbove: string | undefined,
): string[] {
  const problem = notWritable(check);
  if (problem) return comment(problem);
  const notes = note === undefined || note === noteAbove ? [] : comment(note);
  const lines = withAside(listItem(check), aside);
  return [...notes, ...(isUncertain ? lines.map((line) => `# ${line}`) : lines)];
}

/** Where there is room. */
function withAside([line = '', ...rest]: readonly string[], aside: string | undefined): string[] {
  const beside = `${line}  # ${spaced(aside ?? '')}`;
  return [aside && beside.length <= WIDTH - INDENT.length ? beside : line, ...rest];
}

/** Names of mounts may be of any bytes, those that a configuration cannot hold included. */
function notWritable(check: Suggestion['check']): string | undefined {
  const isReadable = !String(check.target).includes('\uFFFD');
  if (isReadable && checkSchema.safeParse(check).success) return undefined;
  return `Left out, as its name cannot be written here: ${quoted(String(check.target))}`;
}

/** On one line where that is not too long. */
function listItem(check: Readonly<Record<string, unknown>>): string[] {
  const line = `- ${dump(check, { flowLevel: 0, lineWidth: -1 }).trim()}`;
  if (line.length <= WIDTH - INDENT.length) return [line];
  const lines = dump(check, { flowLevel: 1, lineWidth: -1 }).trim().split('\n');
  return lines.map((text, index) => `${index === 0 ? '- ' : '  '}${text}`);
}

/** The modules that the checks name, also those that are comments. */
function renderModules(sections: readonly Section[]): string[] {
  const used = new Set(
    sections.flatMap(({ suggestions }) => suggestions.map(({ check }) => check.module)),
  );
  const names = (Object.keys(STARTER_MODULES) as StarterModuleName[]).filter((name) =>
    used.has(name),
  );
  if (names.length === 0) return [];
  const lines = names.flatMap((name) => {
    const { note, module } = STARTER_MODULES[name];
    return [
      ...comment(note),
      ...dump({ [name]: module }, { flowLevel: 3 })
        .trim()
        .split('\n'),
    ];
  });
  return [
    '',
    '# How the checks above ask. A module is a way of asking that several checks share.',
    'modules:',
  ].concat(lines.map((line) => `${INDENT}${line}`));
}

/** Words on lines that are not too long, each a comment. */
function comment(text: string): string[] {
  const lines: string[] = [];
  let line = '#';
  for (const word of spaced(text).split(' ')) {
    if (line.length + 1 + word.length > WIDTH - INDENT.length && line !== '#') {
      lines.push(line);
      line = '#';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
