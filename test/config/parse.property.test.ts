import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { dump } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { ConfigError } from '../../src/config/problem.ts';

const SAMPLES = ['bad', 'good'].flatMap((name) => {
  const directory = join(import.meta.dirname, name);
  return readdirSync(directory)
    .filter((file) => file.endsWith('.yml'))
    .map((file) => readFileSync(join(directory, file), 'utf8'))
    .filter((text) => text.length < 4000);
});

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

const mutation = fc.record({
  at: fc.nat(),
  remove: fc.integer({ min: 0, max: 20 }),
  insert: fc.oneof(token, fc.string({ unit: 'binary', maxLength: 4 })),
});

const mutated = fc
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
const structured = fc
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

describe('whatever the text, it is loaded or refused with problems that have a place in it:', () => {
  test.each([
    ['random characters', fc.string({ unit: 'binary' }), 1500],
    ['words of YAML in any order', fc.array(token).map((words) => words.join('')), 1500],
    ['real files with random changes', mutated, 1000],
    ['documents with anything where something else belongs', structured, 200],
  ])('%s', (_, texts, runs) => {
    fc.assert(
      fc.property(texts, (text) => expectLoadedOrRefused(text)),
      { numRuns: runs },
    );
  });
});

function expectLoadedOrRefused(text: string): void {
  try {
    parseConfig({ file: 'f.yml', text });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const { offset, message } of error.problems) {
      expect(message).toMatch(/^\S.*\S$/);
      if (offset !== undefined) expectInside(error.source.text, offset);
    }
    for (const line of error.message.split('\n')) {
      expect(line).toMatch(/^(?:f\.yml:(?:\d+:\d+:)? \S| {2}\d+ \|| {2,}\^$)/);
    }
  }
}

function expectInside(text: string, offset: number): void {
  expect(Number.isInteger(offset) && offset >= 0 && offset <= text.length).toBe(true);
}
