import type { WriteStream } from 'node:tty';
import { environmentAllowsColor, environmentShowsUnicode } from '../app/environment.ts';
import { displayWidth } from '../lib/display-width.ts';

/** How text has to look for whoever reads it. */
export interface Look {
  readonly color: boolean;
  /** Whether signs outside ASCII may be used. */
  readonly unicode: boolean;
  /** Where lines are cut; absent where nothing is: in files, in pipes, and where a terminal does not say. */
  readonly columns: number | undefined;
  /** How many lines are seen at once; absent where all are. */
  readonly rows?: number | undefined;
}

/** Ends a line that was cut. */
const ELLIPSIS = { unicode: '…', ascii: '...' } as const;

/** How text has to look that is written to a stream. */
export function lookOf(stream: WriteStream): Look {
  const isTerminal = stream.isTTY === true;
  return {
    color: isTerminal && environmentAllowsColor(),
    unicode: environmentShowsUnicode({ isTerminal }),
    columns: isTerminal ? stream.columns || undefined : undefined,
    rows: isTerminal ? stream.rows || undefined : undefined,
  };
}

/** Cuts a text without escape sequences so that it takes no more columns than there are. */
export function fitted(
  text: string,
  columns: number | undefined,
  { unicode }: Pick<Look, 'unicode'>,
): string {
  if (columns === undefined || displayWidth(text) <= columns) return text;
  const end = unicode ? ELLIPSIS.unicode : ELLIPSIS.ascii;
  let room = columns - end.length;
  if (room <= 0) return end.slice(0, columns);
  let kept = '';
  for (const { segment } of new Intl.Segmenter('en').segment(text)) {
    room -= displayWidth(segment);
    if (room < 0) break;
    kept += segment;
  }
  return `${kept.trimEnd()}${end}`;
}
