import { describe, expect, test } from 'vitest';
import { grpcTimeout } from '../../../src/probers/grpc/call.ts';
import { decodeHealthResponse } from '../../../src/probers/grpc/health.ts';

describe('grpc-timeout', () => {
  test.each([
    [0.0001, '1m'],
    [5, '5000m'],
    [1.0004, '1001m'],
    [99_999.999, '99999999m'],
    [100_000, '100000S'],
    [1e12, '99999999S'],
  ])('of %d s is %s', (seconds, text) => expect(grpcTimeout(seconds)).toBe(text));
});

describe('a health response', () => {
  test.each<[string, number[], number | undefined]>([
    ['empty: the default', [], 0],
    ['of a status', [8, 2], 2],
    ['of two, the last counts', [8, 2, 8, 1], 1],
    [
      'with a field of each kind',
      [0x12, 1, 9, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x25, 1, 2, 3, 4, 8, 1],
      1,
    ],
    ['with the status of another kind', [0x0a, 1, 1], 0],
    ['with a long number', [8, 0x81, 0x80, 0], 1],
    ['cut within a number', [8, 0x80], undefined],
    ['cut within bytes', [0x12, 5, 1], undefined],
    ['cut within a fixed field', [0x19, 1], undefined],
    ['with a number that is too long', [8, ...Array<number>(10).fill(0xff), 1], undefined],
    ['of field 0', [0, 1], undefined],
    ['of a group', [0x0b, 0x0c], undefined],
  ])('%s', (_what, bytes, status) => {
    expect(decodeHealthResponse(Buffer.from(bytes))).toBe(status);
  });
});
