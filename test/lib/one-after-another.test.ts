import { expect, test } from 'vitest';
import { oneAfterAnother } from '../../src/lib/one-after-another.ts';

test('work that is asked for meanwhile is done once more, for all who ask, and sees what is there then', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  let state = 'first';
  let under = 0;
  const seen: string[] = [];
  const work = oneAfterAnother(async () => {
    under++;
    expect(under).toBe(1);
    const found = state;
    seen.push(found);
    await released;
    under--;
    return found;
  });
  const first = work();
  await Promise.resolve();
  expect(seen).toEqual(['first']);
  const later = [work(), work()];
  state = 'later';
  later.push(work());
  release();
  expect(await first).toBe('first');
  expect(await Promise.all(later)).toEqual(['later', 'later', 'later']);
  expect(await work()).toBe('later');
  expect(seen).toEqual(['first', 'later', 'later']);
});
