import { setImmediate } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { joinable } from '../../src/lib/joinable.ts';

const NEVER = new AbortController().signal;

describe('a result that several wait for', () => {
  test('is the same for all, and who leaves takes it from nobody', async () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const abandoned = vi.fn();
    const join = joinable(promise, abandoned);
    const gone = new AbortController();
    const stays = join(NEVER);
    const leaves = join(gone.signal);
    gone.abort(new Error('gone'));
    await expect(leaves).rejects.toThrow('gone');
    expect(abandoned).not.toHaveBeenCalled();
    resolve(7);
    expect(await stays).toBe(7);
    expect(abandoned).toHaveBeenCalledOnce();
  });

  test('that fails before anybody waits troubles the process with nothing, and whoever comes then', async () => {
    const join = joinable(Promise.reject(new Error('broken')), () => {});
    await setImmediate();
    await expect(join(NEVER)).rejects.toThrow('broken');
  });
});
