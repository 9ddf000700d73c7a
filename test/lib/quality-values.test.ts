import { describe, expect, test } from 'vitest';
import { codingQuality, parseQualityValues } from '../../src/lib/quality-values.ts';

describe('a header of quality values', () => {
  test('is read element by element, in its order and in lower case', () => {
    const elements = parseQualityValues('Text/Plain ; Version=0.0.4 ; Q=0.5, gzip,*;q=0');
    expect(elements.map(({ value, quality }) => [value, quality])).toEqual([
      ['text/plain', 0.5],
      ['gzip', 1],
      ['*', 0],
    ]);
    expect([...(elements[0]?.parameters ?? [])]).toEqual([
      ['version', '0.0.4'],
      ['q', '0.5'],
    ]);
  });

  test.each([
    ['a', 1],
    ['a;q=0.25', 0.25],
    ['a;q=2', 1],
    ['a;q=-1', 0],
    ['a;q=', 1],
    ['a;q=abc', 1],
    ['a;q', 1],
    ['a;q=0.1;q=0.2', 0.2],
    ['a;x=q=0.5', 1],
  ])('%j has the quality %d', (header, quality) => {
    expect(parseQualityValues(header).map((element) => element.quality)).toEqual([quality]);
  });

  test.each(['', ',', ';;;,,q=,=;q=abc,\u00ff'])('%j is garbage and hurts nobody', (header) => {
    const values = parseQualityValues(header).map(({ value }) => value);
    expect(values).not.toContain('gzip');
    expect(values).not.toContain('*');
  });
});

describe('the quality of a coding', () => {
  test.each([
    ['br;q=0.2, gzip;q=0.5', 0.5],
    ['*;q=0.1, GZIP;q=0', 0],
    ['br, *;q=0.3', 0.3],
    ['br', undefined],
    ['', undefined],
    ['x-gzip', undefined],
  ])('in %j is that of its name, else that of "*": %s', (header, quality) => {
    expect(codingQuality(header, 'gzip')).toBe(quality);
  });
});
