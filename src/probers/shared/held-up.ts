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
