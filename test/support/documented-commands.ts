import { type Block, blocksOf, codeSpansOf, type Page } from './markdown.ts';

/** A command that a page tells its readers to type. */
export interface DocumentedCommand {
  /** `README.md:12`, where its block begins. */
  readonly place: string;
  readonly text: string;
  /** What the block's comment says: why it is not run, or by which test it is. */
  readonly mark: string | undefined;
}

/** What a reader may be told to type stands in blocks of these two languages. */
const SHELL = 'sh';
const CONSOLE = 'console';

/** Every command of a page: all lines of `sh`, and of `console` those that begin with a prompt. */
export function commandsOf(page: Page): DocumentedCommand[] {
  return blocksOf(page).flatMap((block) =>
    linesToType(block).map((text) => ({ place: block.place, text, mark: block.mark })),
  );
}

/** Command lines of the program in the prose of a page. */
export function inlineCommandsOf(page: Page): string[] {
  return codeSpansOf(page).filter((code) => /^healthcheck-exporter [a-z-]/.test(code));
}

/** The words of a simple command, as a shell splits them. `undefined` where only a shell can tell. */
export function wordsOf(command: string): string[] | undefined {
  const unquoted = command.replace(/'[^']*'|"[^"$`\\]*"/g, '');
  if (/[|&;<>$`*?(){}\\"'~]/.test(unquoted)) return undefined;
  const words = command.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? [];
  return words.map((word) => word.replace(/'(?<a>[^']*)'|"(?<b>[^"]*)"/g, '$<a>$<b>'));
}

function linesToType({ language, text }: Block): string[] {
  const lines = text.replaceAll(/\\\n\s*/g, '').split('\n');
  if (language === SHELL) return lines.map(withoutComment).filter((line) => line !== '');
  if (language !== CONSOLE) return [];
  return lines.flatMap((line) => (line.startsWith('$ ') ? withoutComment(line.slice(2)) : []));
}

function withoutComment(line: string): string {
  return line.replace(/(?:^|\s+)#.*$/, '').trim();
}
