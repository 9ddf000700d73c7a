import { describe, expect, test } from 'vitest';
import { readDeadline } from '../../src/web/deadline.ts';
import { fc } from '../support/property.ts';

describe('the deadline of a scrape', () => {
  test.each([
    ['10', 0.5, 9.5],
    ['15', 0.5, 14.5],
    ['3', 0.5, 2.5],
    [undefined, 0.5, 119.5],
    ['', 0.5, 119.5],
    ['1.5', 0.5, 1],
    // Longer than anybody waits: nobody keeps a place for ever.
    ['1e300', 0.5, 3599.5],
  ])('of a scrape timeout %s with the offset %d caps T at %d s', (header, offset, cap) => {
    expect(readDeadline(header, { offsetSeconds: offset, writeSeconds: 0 })).toMatchObject({
      timeoutCapSeconds: cap,
    });
  });

  test.each([
    ['1', 0.5, 0.5],
    ['0.6', 0.5, 0.3],
    ['0.1', 0.5, 0.05],
  ])(
    'trap 2: of a timeout %s that is at most twice the offset %d is half of it',
    (header, offset, cap) => {
      expect(readDeadline(header, { offsetSeconds: offset, writeSeconds: 0 })).toMatchObject({
        timeoutCapSeconds: cap,
      });
    },
  );

  test('trap 3: leaves time to write the answer, and time to start: whatever the timeout and the offset are', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 1000, noNaN: true }),
        fc.double({ min: 0, max: 10, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (timeout, offset, writeSeconds) => {
          const deadline = readDeadline(timeout.toFixed(6), {
            offsetSeconds: offset,
            writeSeconds,
          });
          if (typeof deadline === 'string') throw new Error(deadline);
          expect(deadline.timeoutCapSeconds).toBeGreaterThan(0);
          expect(deadline.endSeconds).toBeGreaterThan(deadline.timeoutCapSeconds);
          expect(deadline.endSeconds).toBeLessThanOrEqual(Number(timeout.toFixed(6)));
        },
      ),
    );
  });

  test('ends earlier where the answer takes long to write', () => {
    const usual = readDeadline('10', { offsetSeconds: 0.5, writeSeconds: 0.1 });
    const large = readDeadline('10', { offsetSeconds: 0.5, writeSeconds: 1 });
    expect(usual).toEqual({ timeoutCapSeconds: 9.5, endSeconds: 9.75 });
    expect(large).toEqual({ timeoutCapSeconds: 8.4, endSeconds: 8.5 });
  });

  test.each([
    'NaN',
    'Infinity',
    '-1',
    '0',
    '0.0',
    '1e309',
    '1e-300',
    '0.009',
    'abc',
    '5s',
    '1, 2',
    '0x10',
    '١',
  ])('trap 7: refuses %s with a sentence that names the header and the value', (header) => {
    expect(readDeadline(header, { offsetSeconds: 0.5, writeSeconds: 0 })).toBe(
      `x-prometheus-scrape-timeout-seconds: expected one number of seconds, at least 0.01, got ${JSON.stringify(header)}`,
    );
  });
});
