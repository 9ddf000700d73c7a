/**
 * The most entries of one list or mapping, and so the most checks. One process starts a few thousand probes a second:
 * within Prometheus' usual scrape timeout of 10 seconds it executes some ten thousand checks. More than ten times as
 * many belong on several exporters.
 */
export const MAX_ENTRIES = 100_000;

/**
 * The most values (keys, texts, numbers, lists and mappings) that a file may hold or stand for with its aliases
 * written out: 100,000 checks with labels and options have about 2,000,000. Each takes some hundred bytes while the file
 * is read.
 */
export const MAX_VALUES = 3_000_000;

/**
 * Where a text goes beyond {@link MAX_VALUES}; `undefined` where it does not. To be asked before it is parsed: what
 * the parser makes of a few megabytes of brackets takes gigabytes.
 *
 * Counted are the signs that values stand behind, wherever they are. Text may hold such signs too (a URL has two or
 * three colons), for which there is room too.
 */
export function offsetBeyondLimit(text: string): number | undefined {
  // A file with so many values is longer.
  if (text.length <= MAX_VALUES) return undefined;
  let count = 0;
  for (let offset = 0; offset < text.length; offset++) {
    if (isSign(text, offset) && ++count > MAX_VALUES) return offset;
  }
  return undefined;
}

const COMMA = 0x2c;
const COLON = 0x3a;
const BRACKET = 0x5b;
const BRACE = 0x7b;
const DASH = 0x2d;
const QUESTION_MARK = 0x3f;
const SPACE = 0x20;

function isSign(text: string, offset: number): boolean {
  const code = text.charCodeAt(offset);
  if (code === COMMA || code === COLON || code === BRACKET || code === BRACE) return true;
  // In a word these are letters like any other.
  if (code !== DASH && code !== QUESTION_MARK) return false;
  return offset + 1 === text.length || text.charCodeAt(offset + 1) <= SPACE;
}
