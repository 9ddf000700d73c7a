import { Pattern } from '../../../src/probers/shared/regexp.ts';
import { judgesTimes } from '../scenario.ts';

const BYTES = 1024 * 1024;
const MAX_MS = 200;

/**
 * Shapes that take engines with backtracking exponential or polynomial time, each with the letter that feeds it. The
 * text is that letter over and over, with an end that makes the whole fail.
 */
const SHAPES: readonly (readonly [source: string, food: string])[] = [
  ['^(a+)+$', 'a'],
  ['(a*)*b', 'a'],
  ['(a|a)*$', 'a'],
  ['(a|aa)+$', 'a'],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'],
  ['(.*)(.*)(.*)=', 'x'],
  ['^(.*?,){11}P', '1,'],
  ['(x+x+)+y', 'x'],
  [String.raw`^(\w+\s?)*$`, 'ab '],
  [String.raw`\s+$`, ' '],
  [String.raw`^(\d+)*$`, '1'],
  [String.raw`([a-zA-Z0-9])(([\-.]|[_]+)?([a-zA-Z0-9]+))*(@)`, 'a'],
  [String.raw`^([a-zA-Z0-9_.\-])+@(([a-zA-Z0-9\-])+\.)+([a-zA-Z0-9]{2,4})+$`, 'a'],
  [String.raw`<(\w+)(\s+\w+="[^"]*")*\s*>`, '<a a="" '],
  [String.raw`(\(.*\))*x`, '()'],
  ['a*a*a*a*a*b', 'a'],
  ['(?:a?){20}a{20}b', 'a'],
  ['((a{1,10}){1,10}){1,5}b', 'a'],
  ['(.|[^x])*y', 'a'],
  ['^(([^,]*),)*"', ','],
];
/** What is put around each shape: as it is, in a group, with case folded, not anchored, twice. */
const WRAPPINGS: readonly ((source: string) => string)[] = [
  (source) => source,
  (source) => `(?:${source})`,
  (source) => `(?i)${source}`,
  (source) => `(?s).*${source}`,
  (source) => `(?:${source})|(?:${source})`,
];

/** A hundred expressions against a megabyte each: all of it is matched in time that grows with its length only. */
export const scenario = {
  name: 'slow-expressions',
  proof: [29],
  title: 'an expression that is catastrophic elsewhere takes at most 200 ms for a megabyte',
  run: async (scale: number) => {
    const bytes = Math.max(1024, Math.round(BYTES * scale));
    const taken = WRAPPINGS.flatMap((wrap) =>
      SHAPES.map(([shape, food]) => ({
        source: wrap(shape),
        ms: matchingMs(wrap(shape), food, bytes),
      })),
    );
    const slowest = taken.reduce((a, b) => (a.ms > b.ms ? a : b));
    const figures = {
      expressions: taken.length,
      'bytes each': bytes,
      'slowest, ms': Math.round(slowest.ms),
      'slowest expression': slowest.source,
    };
    if (judgesTimes(scale) && slowest.ms > MAX_MS)
      throw new Error(`${slowest.source} took ${slowest.ms} ms`);
    return { figures };
  },
};

function matchingMs(source: string, food: string, length: number): number {
  const text = Buffer.alloc(length, food);
  text.write('!', length - 1);
  const startedAt = performance.now();
  new Pattern(source).test(text);
  return performance.now() - startedAt;
}
