import { vi } from 'vitest';

/** How long anything may take that is to happen at all: far more than it needs on a busy machine. */
const PATIENCE = { timeout: 15_000, interval: 100 };

/** Tries an assertion again and again until it holds. */
export function eventually<T>(assertion: () => Promise<T> | T): Promise<T> {
  return vi.waitFor(assertion, PATIENCE);
}
