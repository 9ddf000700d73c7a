import { expect, test } from 'vitest';
import { inSlices } from '../../src/lib/slices.ts';

test('slices are whole pieces, all of them, in their order', () => {
  const pieces = Array.from({ length: 5000 }, (_, index) => `piece ${index}\n`.repeat(10));
  const slices = [...inSlices(pieces)];
  expect(slices.length).toBeGreaterThan(5);
  expect(slices.length).toBeLessThan(50);
  expect(slices.join('')).toBe(pieces.join(''));
  expect(slices.every((slice) => slice.endsWith('\n'))).toBe(true);
});

test('a piece is made when its slice is', () => {
  let made = 0;
  const slices = inSlices(
    (function* () {
      for (; made < 1000; made++) yield 'x'.repeat(1024);
    })(),
  );
  slices.next();
  expect(made).toBeLessThan(100);
});

test('of nothing there are none', () => {
  expect([...inSlices([])]).toEqual([]);
  expect([...inSlices(['', ''])]).toEqual([]);
});
