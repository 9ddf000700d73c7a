import { expect, test } from 'vitest';
import { createWriteCost } from '../../src/web/write-cost.ts';

test('before an answer was written the cost grows with the checks', () => {
  const cost = createWriteCost();
  expect(cost.expect(4000)).toBeGreaterThan(0.2);
  expect(cost.expect(10)).toBeLessThan(0.01);
});

test('an expensive answer is expected again at once, a cheap one only after some', () => {
  const cost = createWriteCost();
  cost.observe(1000, 2);
  expect(cost.expect(1000)).toBeCloseTo(2);
  expect(cost.expect(500)).toBeCloseTo(1);
  cost.observe(1000, 0.01);
  expect(cost.expect(1000)).toBeGreaterThan(1);
  for (let answer = 0; answer < 200; answer++) cost.observe(1000, 0.01);
  expect(cost.expect(1000)).toBeCloseTo(0.01);
});

test('an answer about few checks does not make those about many look expensive', () => {
  const cost = createWriteCost();
  cost.observe(1, 0.02);
  expect(cost.expect(10_000)).toBeLessThanOrEqual(2);
});
