import { displayWidth } from '../lib/display-width.ts';
import { spaced } from '../lib/printable.ts';
import { type Lines, linesOf } from './lines.ts';
import { maskLine } from './mask.ts';
import { type Outline, outlineOf } from './outline.ts';

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

/** More than anybody reads at once; the rest shows when these are mended. */
const MAX_DESCRIBED = 100;

/** A configuration that cannot be used: every problem found, in the order of the file. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly Problem[];
  // Private, so that no dump of the error shows the file with its secrets.
  readonly #source: Source;

  constructor(source: Source, problems: readonly Problem[]) {
    const sorted = [...problems].sort((a, b) => (a.offset ?? -1) - (b.offset ?? -1));
    const lines = linesOf(source.text);
    const outline = outlineOf(lines);
    const described = sorted
      .slice(0, MAX_DESCRIBED)
      .map((problem) => describe(source.file, lines, outline, problem));
    const more = sorted.length - described.length;
    if (more > 0) described.push(`${source.file}: … and ${more} more`);
    super(described.join('\n'));
    this.problems = sorted;
    this.#source = source;
  }

  get source(): Source {
    return this.#source;
  }
}

const MAX_FRAME_WIDTH = 120;
/** No line that a person wrote is longer, and no longer one is searched for secrets to hide. */
const MAX_LINE = 2000;

/** `file:line:column: message`, then the line and a caret under the place. */
function describe(
  file: string,
  lines: Lines,
  outline: Outline,
  { offset, message }: Problem,
): string {
  if (offset === undefined) return `${file}: ${message}`;
  const { line, column } = lines.placeOf(offset);
  const sentence = `${file}:${line}:${column}: ${message}`;
  const content = lines.line(line);
  if (content.length > MAX_LINE || content.trim() === '') return sentence;
  const shown = maskLine(content, { before: outline.before(line), column: column - 1 });
  const start = Math.max(0, shown.column - (shown.text.length > MAX_FRAME_WIDTH ? 60 : Infinity));
  const text = spaced(shown.text.slice(start, start + MAX_FRAME_WIDTH));
  const gutter = `${line} | `;
  const caret = ' '.repeat(gutter.length + displayWidth(text.slice(0, shown.column - start)));
  return `${sentence}\n  ${gutter}${text}\n  ${caret}^`.replaceAll(/ +$/gm, '');
}
