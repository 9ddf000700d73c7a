import type { Lines } from './lines.ts';
import { indentOf } from './mask.ts';

/** A text seen by the indentation of its lines. */
export interface Outline {
  /**
   * The lines above a line (from 1) that may say what it stands below, the nearest first: the nearest that is not
   * blank, then each that begins further to the left than all below it.
   */
  readonly before: (number: number) => Iterable<string>;
}

const BLANK = -1;

/** Looks at each line once, however many lines are asked about: a large file may have a mistake in every check. */
export function outlineOf(lines: Lines): Outline {
  // By number; no line has the number 0.
  const indents = [BLANK];
  const lookAtAllBefore = (number: number) => {
    for (let next = indents.length; next < number; next++) {
      indents.push(indentOrBlank(lines.line(next)));
    }
  };
  return {
    before: function* before(number) {
      lookAtAllBefore(number);
      let least = indentOf(lines.line(number));
      let isNearest = true;
      for (let above = number - 1; above > 0; above--) {
        const indent = indents[above] ?? BLANK;
        if (indent === BLANK || (indent >= least && !isNearest)) continue;
        isNearest = false;
        least = Math.min(least, indent);
        yield lines.line(above);
      }
    },
  };
}

function indentOrBlank(line: string): number {
  return line.trim() === '' ? BLANK : indentOf(line);
}
