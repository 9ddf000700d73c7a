import { describe, expect, test, vi } from 'vitest';
import { LimitedCache } from '../../src/lib/limited-cache.ts';

describe('a limited cache', () => {
  test('makes a value once', () => {
    const cache = new LimitedCache<string, object>(2);
    const make = vi.fn(() => ({}));
    expect(cache.get('a', make)).toBe(cache.get('a', make));
    expect(make).toHaveBeenCalledOnce();
  });

  test('drops the oldest where there are more than the limit', () => {
    const cache = new LimitedCache<string, string>(2);
    for (const key of ['a', 'b', 'c']) cache.get(key, () => key);
    const again = vi.fn(() => 'new');
    expect(['b', 'c', 'a'].map((key) => cache.get(key, again))).toEqual(['b', 'c', 'new']);
    expect(again).toHaveBeenCalledOnce();
  });

  test('keeps nothing of what could not be made', () => {
    const cache = new LimitedCache<string, string>(1);
    const fail = () => {
      throw new Error('cannot');
    };
    expect(() => cache.get('a', fail)).toThrow('cannot');
    expect(cache.get('a', () => 'made')).toBe('made');
  });
});
