import { wholeNanoseconds } from '../../lib/elapsed.ts';

/** Times the phases of a probe on the monotonic clock. A phase that comes again adds up. */
export interface Stopwatch<P extends string> {
  /** Starts the clock of the next phase. */
  readonly start: () => void;
  /** Ends a phase and starts the next. */
  readonly lap: (phase: P) => void;
}

/** @param record is told the sum so far whenever a phase ends, so that a probe cut off keeps what it has. */
export function createStopwatch<P extends string>(
  record: (phase: P, seconds: number) => void,
): Stopwatch<P> {
  const sums = new Map<P, number>();
  let since = performance.now();
  return {
    start: () => {
      since = performance.now();
    },
    lap: (phase) => {
      const now = performance.now();
      const sum = (sums.get(phase) ?? 0) + (now - since) / 1000;
      since = now;
      sums.set(phase, sum);
      record(phase, wholeNanoseconds(sum));
    },
  };
}
