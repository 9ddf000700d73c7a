import { afterEach, beforeEach, vi } from 'vitest';

/** Time in the tests of this block goes on only when they say so: timers, turns of the event loop, every clock. */
export function useFakeClock(): void {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: [
        'setTimeout',
        'clearTimeout',
        'setImmediate',
        'clearImmediate',
        'performance',
        'Date',
      ],
    });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}
