import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { parseConfig } from '../../src/config/parse.ts';
import { ConfigError } from '../../src/config/problem.ts';
import { fc } from './property.ts';

const CONFIGS = join(import.meta.dirname, '../config');
const SAMPLES = ['bad', 'good'].flatMap((name) => {
  const directory = join(CONFIGS, name);
  return readdirSync(directory)
    .filter((file) => file.endsWith('.yml'))
    .map((file) => readFileSync(join(directory, file), 'utf8'))
    .filter((text) => text.length < 4000);
});

/** Any characters. */
export const anyCharacters: fc.Arbitrary<string> = fc.string({ unit: 'binary' });

const token = fc.constantFrom(
  ...[
    'checks',
    'modules',
    'name',
    'target',
    'prober',
    'module',
    'http',
    'tcp',
    'labels',
    'timeout',
  ],
  ...[
    ': ',
    ':',
    '- ',
    '\n',
    '\n  ',
    '\n\t',
    ' ',
    '{',
    '}',
    '[',
    ']',
    ', ',
    '&a ',
    '*a',
    '!!str ',
    '!x ',
  ],
  ...[
    '"',
    "'",
    '|',
    '>',
    '#',
    '---\n',
    '...\n',
    '<<: ',
    '? ',
    '%',
    '@',
    '`',
    '\\',
    '\0',
    '\uFEFF',
    '\r',
  ],
  ...['cpu', 'http_2xx', '5s', '1', '-1', '.nan', 'null', '~', '__proto__', '😀', '\uD800', 'é'],
);

/** Words of YAML in any order. */
export const wordsOfYaml: fc.Arbitrary<string> = fc.array(token).map((words) => words.join(''));

const mutation = fc.record({
  at: fc.nat(),
  remove: fc.integer({ min: 0, max: 20 }),
  insert: fc.oneof(token, fc.string({ unit: 'binary', maxLength: 4 })),
});

/** Real files, good and bad, with random changes. */
export const mutatedYaml: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(...SAMPLES), fc.array(mutation, { minLength: 1, maxLength: 4 }))
  .map(([sample, mutations]) =>
    mutations.reduce((text, { at, remove, insert }) => {
      const start = at % (text.length + 1);
      return text.slice(0, start) + insert + text.slice(start + remove);
    }, sample),
  );

const KEYS = [
  'name',
  'target',
  'prober',
  'module',
  'timeout',
  'labels',
  'http',
  'disk',
  'x',
  '__proto__',
];
const anything = fc.anything({ maxDepth: 2, maxKeys: 3 });
/** Documents with anything where something else belongs. */
export const misplacedYaml: fc.Arbitrary<string> = fc
  .record(
    {
      concurrency: anything,
      latency_buckets: anything,
      checks: fc.array(fc.dictionary(fc.constantFrom(...KEYS), anything)),
      modules: fc.dictionary(fc.string(), fc.dictionary(fc.constantFrom(...KEYS), anything)),
    },
    { requiredKeys: [] },
  )
  .map((value) => dump(JSON.parse(JSON.stringify(value)), { noRefs: true }));

/** What each line of a refusal is: a problem with its place, that there are more, a line of the file, a caret. */
const LINE = /^(?:f\.yml:\d+:\d+: \S|f\.yml: … and \d+ more$| {2}\d+ \|| {2,}\^$)/;

/**
 * Loads a text as `f.yml`.
 *
 * @returns whether it is a configuration.
 * @throws where it is refused by anything but problems that each have a sentence and a place in the text.
 */
export function isLoadedOrRefused(text: string): boolean {
  try {
    parseConfig({ file: 'f.yml', text });
    return true;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expectPlaces(error);
    return false;
  }
}

/** @throws where a problem has no sentence or no place in the text, or a line of the message is none of the known ones. */
export function expectPlaces({ problems, source, message: whole }: ConfigError): void {
  insist(problems.length > 0, 'no problem');
  for (const { offset = Number.NaN, message } of problems) {
    insist(/^\S.*\S$/.test(message), `no sentence: ${JSON.stringify(message)}`);
    const isInside = Number.isInteger(offset) && offset >= 0 && offset <= source.text.length;
    insist(isInside, `no place in the text: ${offset}`);
  }
  for (const line of whole.split('\n')) {
    insist(LINE.test(line), `not a line of a refusal: ${JSON.stringify(line)}`);
  }
}

function insist(holds: boolean, wrong: string): void {
  if (!holds) throw new Error(wrong);
}
