import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Turns } from '../../src/lib/turns.ts';

const signal = () => new AbortController().signal;

describe('turns', () => {
  test('let so many calls be under way, the others in their order', async () => {
    const turns = new Turns(2);
    const calls = Array.from({ length: 4 }, () => startCall(turns, signal()));
    expect(calls.map(({ begun }) => begun())).toEqual([true, true, false, false]);
    expect(turns.isFull()).toBe(true);
    calls[1]?.end();
    await nextTurn();
    expect(calls.map(({ begun }) => begun())).toEqual([true, true, true, false]);
    for (const { end } of calls) end();
    await Promise.all(calls.map(({ result }) => result));
    expect(turns.isFull()).toBe(false);
  });

  test('are given to nobody else in the moment they are handed on', async () => {
    const turns = new Turns(1);
    const [first, second] = [startCall(turns, signal()), startCall(turns, signal())];
    first.end();
    // The second has its turn by now, though it has not begun yet.
    const third = first.result.then(() => startCall(turns, signal()));
    await first.result;
    const late = await third;
    expect([second.begun(), late.begun()]).toEqual([true, false]);
    second.end();
    late.end();
    await Promise.all([second.result, late.result]);
  });

  test('are not for who has left, and a call that has begun keeps its own', async () => {
    const turns = new Turns(1);
    const leaving = new AbortController();
    const first = startCall(turns, leaving.signal);
    const second = startCall(turns, leaving.signal);
    const third = startCall(turns, signal());
    leaving.abort();
    await expect(second.result).rejects.toThrow();
    expect(turns.isFull()).toBe(true);
    first.end();
    third.end();
    await third.result;
    expect(second.begun()).toBe(false);
  });

  test('are taken by slow calls to three quarters', async () => {
    const turns = new Turns(4);
    const slow = Array.from({ length: 4 }, () => startCall(turns, signal(), true));
    expect(slow.map(({ begun }) => begun())).toEqual([true, true, true, false]);
    const quick = startCall(turns, signal());
    expect(quick.begun()).toBe(true);
    for (const { end } of [quick, ...slow]) end();
    await Promise.all([quick, ...slow].map(({ result }) => result));
  });
});

function startCall(turns: Turns, signal: AbortSignal, isSlow = false) {
  const { promise, resolve: end } = Promise.withResolvers<void>();
  let hasBegun = false;
  const call = () => {
    hasBegun = true;
    return promise;
  };
  const result = turns.run(call, { signal, isSlow });
  return { result, end, begun: () => hasBegun };
}
