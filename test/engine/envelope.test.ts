import { stat } from 'node:fs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { executeProbe } from '../../src/engine/envelope.ts';
import { OPEN_GATE } from '../../src/probers/shared/gate.ts';
import { heldUpWhile } from '../../src/probers/shared/held-up.ts';
import { type Behaviour, makeCheck } from '../support/checks.ts';

const never = new AbortController().signal;
function execute(behaviour: Behaviour, timeoutSeconds = 5, cutOff = never) {
  const { module } = makeCheck('x', behaviour);
  const job = { prober: module.prober, target: '', options: {}, gate: OPEN_GATE };
  return executeProbe(job, timeoutSeconds, cutOff);
}

describe('the envelope of one probe', () => {
  test('a probe that resolves is a success with what it emitted', async () => {
    const outcome = await execute(async ({ emit, log }) => {
      emit('probe_a', 1);
      emit('probe_a', 2);
      emit('probe_b_info', 1, { text: 'x' });
      log('looked', { at: 1 });
    });
    expect(outcome).toMatchObject({ success: true, failure: undefined, timeoutSeconds: 5 });
    expect(outcome?.samples).toEqual([
      { name: 'probe_a', value: 2, labels: {} },
      { name: 'probe_b_info', value: 1, labels: { text: 'x' } },
    ]);
    expect(outcome?.log).toMatchObject([{ message: 'looked', fields: { at: 1 } }]);
  });

  test('series whose labels differ in their names only are two', async () => {
    const outcome = await execute(async ({ emit }) => {
      const anyLabels = emit as (name: string, value: number, labels: object) => void;
      anyLabels('probe_b_info', 1, { one: 'x' });
      anyLabels('probe_b_info', 1, { two: 'x' });
      anyLabels('probe_b_info', 1, { a: 'x', b: 'y' });
    });
    expect(outcome?.samples.map(({ labels }) => labels)).toEqual([
      { one: 'x' },
      { two: 'x' },
      { a: 'x', b: 'y' },
    ]);
  });

  test('a timeout says how far the probe came', async () => {
    const outcome = await execute(({ log }) => {
      log('found the address');
      log('connected', { ip: '127.0.0.1' });
      return new Promise(() => {});
    }, 0.05);
    expect(outcome?.failure?.message).toBe('no result within 50ms (last step: connected)');
  });

  test('a failure keeps its reason, its message and what was emitted before', async () => {
    const outcome = await execute(async ({ emit, fail }) => {
      emit('probe_a', 1);
      fail('status', 'status 503, expected 2xx');
    });
    expect(outcome).toMatchObject({
      success: false,
      failure: { reason: 'status', message: 'status 503, expected 2xx' },
    });
    expect(outcome?.samples).toHaveLength(1);
  });

  test.each<[string, Behaviour, string?]>([
    [
      'throws at once',
      () => {
        throw new TypeError('oops');
      },
    ],
    ['rejects', () => Promise.reject(new TypeError('oops'))],
    [
      'throws what cannot be made text',
      () => Promise.reject(Object.create(null)),
      'something that is no error was thrown',
    ],
    ['rejects with no error', () => Promise.reject('oops')],
  ])('a prober that %s fails with reason internal', async (_title, behaviour, message = 'oops') => {
    const outcome = await execute(behaviour);
    expect(outcome?.failure).toEqual({ reason: 'internal', message });
  });

  test('a prober that hangs and ignores its signal fails with reason timeout', async () => {
    const outcome = await execute(() => new Promise(() => {}), 0.05);
    expect(outcome).toMatchObject({
      success: false,
      failure: { reason: 'timeout', message: 'no result within 50ms' },
      timeoutSeconds: 0.05,
    });
    expect(outcome?.durationSeconds).toBeGreaterThanOrEqual(0.05);
  });

  test('the signal fires when the probe is over, however it ended', async () => {
    const signals: AbortSignal[] = [];
    const remember: Behaviour = async ({ signal }) => void signals.push(signal);
    await execute(remember);
    await execute(async (context) => {
      await remember(context);
      throw new Error('no');
    });
    await execute(async (context) => {
      await remember(context);
      await new Promise(() => {});
    }, 0.01);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
  });

  test('nothing is said of a target that was cut off before its time', async () => {
    const cutOff = new AbortController();
    const outcome = execute(() => new Promise(() => {}), 5, cutOff.signal);
    cutOff.abort();
    await expect(outcome).resolves.toBeUndefined();
    await expect(execute(async () => {}, 5, cutOff.signal)).resolves.toBeUndefined();
  });

  test('what a prober emits after its time does not change its outcome', async () => {
    let emitLater = () => {};
    const outcome = await execute(async ({ emit }) => {
      emit('probe_a', 1);
      emitLater = () => emit('probe_a', 2);
      await new Promise(() => {});
    }, 0.01);
    emitLater();
    expect(outcome?.samples).toEqual([{ name: 'probe_a', value: 1, labels: {} }]);
  });

  test('an answer that arrived while the loop was busy counts, though its timer is due', async () => {
    // From the phase after the one that reads answers, the loop comes to the timers first.
    await new Promise((resolve) => setImmediate(resolve));
    const outcome = await execute(async () => {
      const answered = new Promise((resolve) => stat('/', resolve));
      const busyUntil = performance.now() + 60;
      while (performance.now() < busyUntil);
      await answered;
    }, 0.03);
    expect(outcome?.success).toBe(true);
  });

  test('trap 15: a clock that is set back changes no duration', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const startedAt = Date.now();
    const outcome = await execute(async ({ log }) => {
      vi.setSystemTime(startedAt - 3_600_000);
      log('looked');
    });
    expect(outcome?.startedAt).toBe(startedAt / 1000);
    for (const seconds of [outcome?.durationSeconds, outcome?.log[0]?.atSeconds]) {
      expect(seconds).toBeGreaterThanOrEqual(0);
      expect(seconds).toBeLessThan(60);
    }
  });

  test('trap 31: label values are cleaned: valid UTF-8, no control characters, at most 256', async () => {
    const outcome = await execute(async ({ emit }) => {
      emit('probe_b_info', 1, { text: `a\u0000b\r\nc\uD800${'x'.repeat(500)}` });
    });
    const text = outcome?.samples[0]?.labels.text ?? '';
    expect(text).toMatch(/^a b c\uFFFDx+$/);
    expect(text.length).toBeLessThanOrEqual(256);
    expect(text.isWellFormed()).toBe(true);
  });

  test('a message holds no line breaks and is bounded', async () => {
    const outcome = await execute(async ({ fail }) => fail('body', `a\nb${'x'.repeat(5000)}`));
    expect(outcome?.failure?.message).toMatch(/^a bx+$/);
    expect(outcome?.failure?.message.length).toBeLessThanOrEqual(1024);
  });

  test('of its log only so much is kept', async () => {
    const outcome = await execute(async ({ log }) => {
      for (let count = 0; count < 1000; count++) log(`${count} ${'x'.repeat(5000)}`);
    });
    expect(outcome?.log).toHaveLength(200);
    for (const { message } of outcome?.log ?? []) expect(message).toHaveLength(1024);
  });

  test('a probe whose time ends while this process holds it up says nothing of its target', async () => {
    const { module } = makeCheck('x', ({ signal }) => {
      heldUpWhile(signal, () => true);
      return new Promise(() => {});
    });
    const job = { prober: module.prober, target: '', options: {}, gate: OPEN_GATE };
    const troubled = vi.fn();
    expect(await executeProbe(job, 0.01, never, troubled)).toBeUndefined();
    expect(troubled).toHaveBeenCalledTimes(1);
  });

  test('a probe that is held up no more is given no more time', async () => {
    const outcome = await execute(({ signal }) => {
      heldUpWhile(signal, () => false);
      return new Promise(() => {});
    }, 0.01);
    expect(outcome?.failure?.reason).toBe('timeout');
  });
});

test('emitting what is not declared does not compile', async () => {
  const { defineProber } = await import('../../src/probers/contract.ts');
  const { z } = await import('zod');
  defineProber({
    name: 'x',
    summary: '',
    target: null,
    options: z.strictObject({}),
    metrics: { probe_x: { help: '' }, probe_y: { help: '', labels: ['a'] } },
    probe: async ({ emit }) => {
      emit('probe_x', 1);
      emit('probe_y', 1, { a: '' });
      // @ts-expect-error not declared
      emit('probe_z', 1);
      // @ts-expect-error a label is missing
      emit('probe_y', 1);
      // @ts-expect-error a label that is not declared
      emit('probe_y', 1, { b: '' });
    },
  });
});
