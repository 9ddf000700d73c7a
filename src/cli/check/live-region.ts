import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { displayWidth } from '../../lib/display-width.ts';

/** The last lines on a terminal, drawn again and again, and gone without trace in the end. */
export interface LiveRegion {
  /** Puts these lines in place of those drawn before. They must fit: no wider and fewer than the terminal has. */
  readonly draw: (lines: readonly string[]) => void;
  readonly clear: () => void;
}

/** Draws where the cursor of a terminal stands, which is to be at the beginning of a line. */
export function createLiveRegion(stream: WriteStream): LiveRegion {
  let drawn: readonly string[] = [];
  const erase = () => {
    const up = rowsOf(drawn, stream.columns) - 1;
    return drawn.length === 0 ? '' : `\r${up > 0 ? `\u001B[${up}A` : ''}\u001B[J`;
  };
  return {
    draw: (lines) => {
      if (lines.join('\n') === drawn.join('\n')) return;
      stream.write(erase() + lines.join('\n'));
      drawn = lines;
    },
    clear: () => {
      if (drawn.length > 0) stream.write(erase());
      drawn = [];
    },
  };
}

/** A terminal that was made narrower since has wrapped what no longer fits. */
function rowsOf(lines: readonly string[], columns: number): number {
  return lines.reduce((rows, line) => {
    const width = displayWidth(stripVTControlCharacters(line));
    return rows + (columns > 0 ? Math.max(1, Math.ceil(width / columns)) : 1);
  }, 0);
}
