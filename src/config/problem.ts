import { maskLine } from './mask.ts';

/** One thing that is wrong with the configuration. */
export interface Problem {
  /** Where: an offset into the text, in UTF-16 code units. Absent where the file itself is the problem. */
  readonly offset: number | undefined;
  /** What is wrong, what was expected, did you mean …: one sentence. */
  readonly message: string;
}

/** The text problems are in, with the name to print before `:line:column`. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

/** A configuration that cannot be used: every problem found, in the order of the file. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly Problem[];
  readonly source: Source;

  constructor(source: Source, problems: readonly Problem[]) {
    const sorted = [...problems].sort((a, b) => (a.offset ?? -1) - (b.offset ?? -1));
    super(sorted.map((problem) => describe(source, problem)).join('\n'));
    this.problems = sorted;
    this.source = source;
  }
}

const MAX_FRAME_WIDTH = 120;

/** `file:line:column: message`, then the line and a caret under the place. */
function describe(source: Source, { offset, message }: Problem): string {
  if (offset === undefined) return `${source.file}: ${message}`;
  const { line, column, content } = locate(source.text, offset);
  const gutter = `${line} | `;
  const from = column > MAX_FRAME_WIDTH ? column - MAX_FRAME_WIDTH / 2 : 1;
  const shown = maskLine(content).slice(from - 1, from - 1 + MAX_FRAME_WIDTH);
  const caret = ' '.repeat(gutter.length + column - from);
  return `${source.file}:${line}:${column}: ${message}\n  ${gutter}${shown}\n  ${caret}^`;
}

/** Line and column, both from 1, and the whole line around an offset. */
export function locate(
  text: string,
  offset: number,
): { line: number; column: number; content: string } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  const lineEnd = text.indexOf('\n', offset);
  return {
    line: before.split('\n').length,
    column: offset - lineStart + 1,
    content: text.slice(lineStart, lineEnd === -1 ? undefined : lineEnd).replace(/\r$/, ''),
  };
}
