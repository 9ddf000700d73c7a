import { expect, test } from 'vitest';
import { timestampOf } from '../../src/lib/timestamp.ts';

test('every millisecond keeps its place, whatever sum of seconds it is', () => {
  const start = 1_607_715_290_347;
  for (let ms = 50_000; ms < 51_000; ms++) {
    expect(timestampOf(start / 1000 + ms / 1000)).toBe(new Date(start + ms).toISOString());
  }
});
