import type { EventEmitter } from 'node:events';

// Honest servers send a handful; Go's client takes five.
const MAX_1XX = 100;

/**
 * Calls back once where there are more informational answers (1xx) before the real one than any honest server gives:
 * a flood of them costs as much as one of data, and no limit of a body holds it.
 *
 * @param event what the source emits for each of them.
 */
export function onTooMany1xx(source: EventEmitter, event: string, tooMany: () => void): void {
  let count = 0;
  source.on(event, () => {
    count += 1;
    if (count === MAX_1XX + 1) tooMany();
  });
}

/** The sentence for it. */
export function tooMany1xx(peer: string): string {
  return `${peer} sent more than ${MAX_1XX} informational answers (1xx)`;
}
