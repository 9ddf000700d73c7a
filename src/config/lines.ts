/** A text whose lines can be found fast, however many places are asked for. */
export interface Lines {
  /** As people count: both from 1. */
  readonly placeOf: (offset: number) => { line: number; column: number };
  /** The line with this number (from 1), without its end. */
  readonly line: (number: number) => string;
}

export function linesOf(text: string): Lines {
  const starts = [0];
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) {
    starts.push(end + 1);
  }
  return {
    placeOf: (offset) => {
      const line = countUpTo(starts, offset);
      return { line, column: offset - (starts[line - 1] ?? 0) + 1 };
    },
    line: (number) => {
      const start = starts[number - 1] ?? text.length;
      return text.slice(start, starts[number] ?? text.length).replace(/\r?\n$/, '');
    },
  };
}

/** How many of the ascending `starts` are not above `offset`. */
function countUpTo(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
