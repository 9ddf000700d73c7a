import { describe, expect, test } from 'vitest';
import { createBatcher } from '../../../src/probers/systemd/batcher.ts';

describe('asking in batches', () => {
  const never = new AbortController().signal;

  test('shares the next run among all who come during one', async () => {
    const runs: (readonly string[])[] = [];
    const ask = createBatcher(async (keys) => {
      runs.push(keys);
      return new Map(keys.map((key) => [key, key.toUpperCase()]));
    });
    const answers = await Promise.all(['a', 'b', 'c', 'b'].map((key) => ask(key, never)));
    expect(answers).toEqual(['A', 'B', 'C', 'B']);
    expect(runs).toEqual([['a'], ['b', 'c']]);
  });

  test('aborts a run when the last who waits for it has left', async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    let seen: AbortSignal | undefined;
    const ask = createBatcher<string>((_, signal) => {
      seen = signal;
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason)),
      );
    });
    const answer = ask('a', first.signal);
    const queued = ask('b', second.signal);
    second.abort(new Error('b left'));
    await expect(queued).rejects.toThrow('b left');
    expect(seen?.aborted).toBe(false);
    first.abort(new Error('a left'));
    await expect(answer).rejects.toThrow('a left');
    expect(seen?.aborted).toBe(true);
  });

  test('serves others after a run that failed', async () => {
    let runs = 0;
    const ask = createBatcher(async (keys) => {
      if (runs++ === 0) throw new Error('broken');
      return new Map(keys.map((key) => [key, 1]));
    });
    const first = ask('a', never);
    const second = ask('b', never);
    await expect(first).rejects.toThrow('broken');
    await expect(second).resolves.toBe(1);
  });
});
