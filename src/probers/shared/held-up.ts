import type { Asking, Turns } from '../../lib/turns.ts';

const conditions = new WeakMap<AbortSignal, Set<() => boolean>>();

/**
 * Notes that a probe waits for something this process is short of, not for its target: as long as the condition holds,
 * its time runs out without a word about the target.
 */
export function heldUpWhile(probe: AbortSignal, condition: () => boolean): void {
  const known = conditions.get(probe);
  if (known) known.add(condition);
  else conditions.set(probe, new Set([condition]));
}

/** Whether the probe with this signal waits for something this process is short of right now. */
export function isHeldUp(probe: AbortSignal): boolean {
  for (const condition of conditions.get(probe) ?? []) if (condition()) return true;
  return false;
}

/**
 * Makes a call when it has its turn. A probe whose time is over before is not called down: its signal is held up until
 * then.
 *
 * @throws what the call throws; the signal's reason where it fires before the call has begun.
 */
export function inTurn<T>(turns: Turns, call: () => Promise<T>, asking: Asking): Promise<T> {
  if (!turns.isFull(asking.isSlow)) return turns.run(call, asking);
  let waits = true;
  heldUpWhile(asking.signal, () => waits);
  const begin = () => {
    waits = false;
    return call();
  };
  return turns.run(begin, asking);
}
