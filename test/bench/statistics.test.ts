import { describe, expect, test } from 'vitest';
import { growthFigures } from './kinds/growth.ts';
import { quantile, spreadOf, trendOf } from './measure/statistics.ts';

describe('a quantile', () => {
  test('lies between two values where none is in its place', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([10, 20], 0.99)).toBeCloseTo(19.9);
  });

  test('is one of the values where one is in its place', () => {
    expect(quantile([9, 1, 5], 0.5)).toBe(5);
    expect(quantile([9, 1, 5], 0)).toBe(1);
    expect(quantile([9, 1, 5], 1)).toBe(9);
  });

  test('of numbers is not sorted as text', () => {
    expect(quantile([10, 9, 100], 0.5)).toBe(10);
  });

  test('of nothing is no number', () => {
    expect(quantile([], 0.5)).toBeNaN();
    expect(spreadOf([])).toBeUndefined();
  });
});

test('a spread has the middle and both ends', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
});

describe('a trend', () => {
  test('of a straight line has its slope and no noise', () => {
    const { slope, change, noise } = trendOf([1, 3, 5, 7, 9]);
    expect(slope).toBeCloseTo(2);
    expect(change).toBeCloseTo(8);
    expect(noise).toBeCloseTo(0);
  });

  test('of values that go up and down is lost in their noise', () => {
    const { change, noise } = trendOf([100, 104, 99, 103, 101, 104, 98, 102]);
    expect(Math.abs(change)).toBeLessThan(noise);
  });

  test('needs more than two values', () => {
    expect(() => trendOf([1, 2])).toThrow('a trend needs three values, got 2');
  });
});

describe('memory', () => {
  const readings = (perReading: number) =>
    Array.from({ length: 100 }, (_, index) => 100 + perReading * index + (index % 5));

  test('that is kept by every scrape has grown beyond its noise', () => {
    expect(growthFigures(readings(0.2)).grownBeyondNoiseMb).toBeGreaterThan(10);
  });

  test('that only goes up and down has not', () => {
    expect(growthFigures(readings(0)).grownBeyondNoiseMb).toBe(0);
  });

  test('that shrinks has not', () => {
    expect(growthFigures(readings(-0.2)).grownBeyondNoiseMb).toBe(0);
  });
});
