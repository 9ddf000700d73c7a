import { expect, test } from 'vitest';
import { timestampOf } from '../../src/lib/timestamp.ts';

test('every millisecond keeps its place, whatever sum of seconds it is', () => {
  const start = Date.UTC(2026, 0, 2, 3, 4, 5);
  for (let ms = 0; ms < 1000; ms++) {
    expect(timestampOf(start / 1000 + ms / 1000)).toBe(new Date(start + ms).toISOString());
  }
});
