import { vi } from 'vitest';

/** How long anything may take that is to happen at all: far more than it needs on a busy machine. */
const PATIENCE_SECONDS = 15;

/** Tries an assertion again and again until it holds. */
export function eventually<T>(
  assertion: () => Promise<T> | T,
  { patienceSeconds = PATIENCE_SECONDS } = {},
): Promise<T> {
  return vi.waitFor(assertion, { timeout: patienceSeconds * 1000, interval: 100 });
}
