import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { isLoadedOrRefused } from '../support/broken-yaml.ts';
import {
  ALIAS_BOMBS,
  DEEP_TEXTS,
  LONG_TAGS,
  LONG_TEXTS,
  PROTOTYPE_TEXTS,
} from '../support/hostile-yaml.ts';

const MEGABYTE = 1_000_000;

describe('is refused with its place:', () => {
  test.each(Object.entries(LONG_TEXTS))('a hundred kilobytes in %s', (_, text) => {
    expect(isLoadedOrRefused(text(MEGABYTE / 10))).toBe(false);
  });

  test.each(Object.entries(LONG_TAGS))(
    'ten megabytes, more than the parser can match, in %s',
    (_, text) => {
      expect(isLoadedOrRefused(text(10 * MEGABYTE))).toBe(false);
    },
  );

  test.each(Object.entries(DEEP_TEXTS))('a depth of thousands: %s', (_, text) => {
    expect(isLoadedOrRefused(text())).toBe(false);
  });

  test.each(Object.entries(ALIAS_BOMBS))('an alias bomb: %s', (_, text) => {
    expect(isLoadedOrRefused(text())).toBe(false);
  });
});

test.each(PROTOTYPE_TEXTS)('changes nothing that all objects have: %s', (text) => {
  const before = builtIns();
  isLoadedOrRefused(text);
  expect(builtIns()).toEqual(before);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

test('names a key as unknown that all objects have, whatever it holds', () => {
  const text = 'checks: [{name: __proto__, prober: memory, constructor: [1], toString: {a: 1}}]';
  expect(() => parseConfig({ file: 'f.yml', text })).toThrow(
    /unknown key "constructor".*unknown key "toString"/s,
  );
});

/** What is there for all objects, lists, functions and texts. */
function builtIns(): PropertyKey[][] {
  return [Object.prototype, Object, Array.prototype, Function.prototype, String.prototype].map(
    (object) => Reflect.ownKeys(object),
  );
}
