import { describe, expect, test } from 'vitest';
import { BYTE_SIZE_PATTERN, formatByteSize, parseByteSize } from '../../src/lib/byte-size.ts';
import { fc } from '../support/property.ts';

const PREFIXES = ['', 'K', 'M', 'G', 'T', 'P'] as const;

describe('a size', () => {
  test('is one exactly where the JSON Schema says so', () => {
    const pattern = new RegExp(BYTE_SIZE_PATTERN, 'u');
    const pieces = fc.constantFrom('0', '5', '12', '.', '-', ' ', 'k', 'M', 'X', 'i', 'B', 'b');
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 6 }), (all) => {
        const text = all.join('');
        expect(pattern.test(text), text).toBe(parseByteSize(text) !== undefined);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['0', 0],
    ['0B', 0],
    ['512B', 512],
    ['10KB', 10_240],
    ['10MB', 10_485_760],
    ['10MiB', 10_485_760],
    ['10 MB', 10_485_760],
    ['10mb', 10_485_760],
    ['1.5KiB', 1536],
    ['1GB', 1_073_741_824],
    ['7PB', 7_881_299_347_898_368],
  ])('%s is read', (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes);
  });

  test.each([
    ...[
      '',
      '10',
      '10M',
      'MB',
      '-1MB',
      '+1MB',
      '1e3KB',
      '1,5KB',
      '.5KB',
      '5.KB',
      '10XB',
      '10 M B',
      ' 1KB',
    ],
    ...['1KB ', '0x10B', '8PB', '٥KB', 'Infinity', 'NaNB'],
  ])('%j is none', (text) => {
    expect(parseByteSize(text)).toBeUndefined();
  });

  test('of whole units is that many times a power of 1024', () => {
    const size = fc.record({
      count: fc.nat(1023),
      power: fc.integer({ min: 0, max: 4 }),
      binary: fc.constantFrom('', 'i'),
      space: fc.constantFrom('', ' '),
    });
    fc.assert(
      fc.property(size, ({ count, power, binary, space }) => {
        const text = `${count}${space}${PREFIXES[power]}${binary}B`;
        expect(parseByteSize(text)).toBe(count * 1024 ** power);
      }),
    );
  });

  test('is read as it was written', () => {
    const bytes = fc.oneof(
      fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      fc.tuple(fc.nat(4096), fc.nat(3)).map(([count, power]) => count * 1024 ** power),
    );
    fc.assert(
      fc.property(bytes, (size) => {
        expect(parseByteSize(formatByteSize(size))).toBe(size);
      }),
    );
  });

  test('is a whole number of bytes, whatever the text', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9.]{1,40} ?[KMGTP]?i?B$/));
    fc.assert(
      fc.property(text, (given) => {
        const bytes = parseByteSize(given);
        expect(bytes === undefined || (Number.isSafeInteger(bytes) && bytes >= 0)).toBe(true);
      }),
    );
  });
});
