import { describe, expect, test } from 'vitest';
import {
  DURATION_PATTERN,
  formatDuration,
  parseDuration,
  writeDuration,
} from '../../src/lib/duration.ts';
import { fc } from '../support/property.ts';

const UNITS = [
  ['y', 31_536_000],
  ['w', 604_800],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
  ['ms', 0.001],
] as const;

describe('a duration', () => {
  test.each([
    ['0', 0],
    ['0s', 0],
    ['500ms', 0.5],
    ['1ms', 0.001],
    ['5s', 5],
    ['1m30s', 90],
    ['1h0m0s5ms', 3600.005],
    ['2w', 1_209_600],
    ['1y', 31_536_000],
    ['2.5s', 2.5],
    ['0.5h', 1800],
    ['100000ms', 100],
    ['+5s', 5],
    ['.5s', 0.5],
    ['5.s', 5],
    ['1.5m30s', 120],
    ['1m30.5s', 90.5],
    ['500000us', 0.5],
    ['5µs', 0.000005],
  ])('%s is read', (text, seconds) => {
    expect(parseDuration(text)).toBeCloseTo(seconds, 9);
  });

  test.each([
    ...[
      '',
      ' ',
      '5',
      '5 s',
      ' 5s',
      '5s ',
      '-5s',
      '+-5s',
      '5S',
      '5sec',
      's',
      '.s',
      '+',
      '1e3s',
      '1_000s',
    ],
    ...['5s5s', '30s1m', '1ms1s', '1.5y', '1.5d', '5s\n', '٥s', 'Infinity', '∞s'],
  ])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test('of any units from large to small is the sum of its parts', () => {
    const counts = fc.tuple(...UNITS.map(() => fc.option(fc.nat(999), { nil: undefined })));
    fc.assert(
      fc.property(counts, (given) => {
        const parts = UNITS.map(([unit, seconds], index) => ({
          unit,
          seconds,
          count: given[index],
        }));
        const written = parts.filter(({ count }) => count !== undefined);
        const text = written.map(({ unit, count }) => `${count}${unit}`).join('');
        const sum = written.reduce((total, { seconds, count = 0 }) => total + count * seconds, 0);
        if (text === '') expect(parseDuration(text)).toBeUndefined();
        else expect(parseDuration(text)).toBeCloseTo(sum, 6);
      }),
    );
  });

  test('is one exactly where the JSON Schema says so', () => {
    const pattern = new RegExp(DURATION_PATTERN, 'u');
    const pieces = fc.constantFrom(
      '0',
      '5',
      '12',
      '.',
      '+',
      '-',
      ' ',
      'h',
      'm',
      's',
      'ms',
      'd',
      'µs',
      'y',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 6 }), (all) => {
        const text = all.join('');
        expect(pattern.test(text), text).toBe(parseDuration(text) !== undefined);
      }),
      { numRuns: 1000 },
    );
  });

  test('in whole milliseconds loses none of them', () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), (milliseconds) => {
        expect(parseDuration(`${milliseconds}ms`)).toBe(milliseconds / 1000);
      }),
    );
  });

  test('is read as it was written', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.nat(100_000_000),
          fc.nat(400_000).map((s) => s * 1000),
        ),
        (ms) => {
          expect(parseDuration(writeDuration(ms / 1000))).toBeCloseTo(ms / 1000, 9);
        },
      ),
    );
  });

  test('is a finite number of seconds, not below zero, whatever the text', () => {
    const text = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[0-9.]{1,4}(?:[ywdhms]|ms){1,3}$/),
      fc.stringMatching(/^[0-9]{300,400}s$/),
    );
    fc.assert(
      fc.property(text, (given) => {
        const seconds = parseDuration(given);
        expect(seconds === undefined || (Number.isFinite(seconds) && seconds >= 0)).toBe(true);
      }),
    );
  });
});

describe('for people', () => {
  test.each([
    [0, '0ms'],
    [0.000_04, '0ms'],
    [0.000_4, '0.4ms'],
    [0.009_96, '10ms'],
    [0.012_4, '12ms'],
    [0.999_6, '1s'],
    [1.234, '1.23s'],
    [59.999, '1m'],
    [60, '1m'],
    [125, '2m5s'],
    [3600, '1h'],
    [3_661, '1h1m1s'],
    [Infinity, 'Infinity'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  test('what is written can be read again, and is off by little', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 90_000, noNaN: true }), (seconds) => {
        const read = parseDuration(formatDuration(seconds));
        expect(Math.abs((read ?? Number.NaN) - seconds)).toBeLessThanOrEqual(
          0.000_1 + seconds * 0.05,
        );
      }),
    );
  });
});
