import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 30_000;
const BETWEEN_MS = 5;

/**
 * Waits until something holds.
 *
 * @param what ends the sentence "waited in vain for …".
 */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
): Promise<void> {
  const endAt = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (performance.now() > endAt) throw new Error(`waited in vain for ${what}`);
    await sleep(BETWEEN_MS);
  }
}
