import { setTimeout as timeout } from 'node:timers/promises';

/** What every part of a run is given. */
export interface Bench {
  /** Uncounted and counted work of a round is smaller, so that a smoke run ends soon. */
  readonly smoke: boolean;
  readonly rounds: number;
  /** Tells whoever waits what is going on. */
  readonly say: (sentence: string) => void;
  /**
   * Waits, but not for ever: rejects after so many seconds, and as soon as the run is interrupted. What comes later is
   * disposed of.
   */
  readonly within: <T>(seconds: number, what: string, promise: Promise<T>) => Promise<T>;
  /** {@link within} the time that starting a process, or connecting to one, may take at most. */
  readonly starting: <T>(what: string, promise: Promise<T>) => Promise<T>;
  readonly sleep: (seconds: number) => Promise<void>;
}

const START_SECONDS = 60;

/** @param signal interrupts everything. */
export function createBench(
  settings: Pick<Bench, 'smoke' | 'rounds' | 'say'>,
  signal: AbortSignal,
): Bench {
  return {
    ...settings,
    within: (seconds, what, promise) => within(seconds, what, promise, signal),
    starting: (what, promise) => within(START_SECONDS, `starting ${what}`, promise, signal),
    sleep: (seconds) => timeout(seconds * 1000, undefined, { signal }),
  };
}

async function within<T>(
  seconds: number,
  what: string,
  promise: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const settled = new AbortController();
  let left = false;
  const limit = timeout(seconds * 1000, undefined, {
    signal: AbortSignal.any([signal, settled.signal]),
  }).then(
    () => Promise.reject(new Error(`${what} took longer than ${seconds} s`)),
    () => Promise.reject(new Error(`interrupted while ${what}`)),
  );
  promise.then(
    (value) => {
      if (left) void disposeOf(value);
    },
    () => {},
  );
  try {
    return await Promise.race([promise, limit]);
  } catch (error) {
    left = true;
    throw error;
  } finally {
    settled.abort();
  }
}

async function disposeOf(value: unknown): Promise<void> {
  if (typeof value !== 'object' || value === null) return;
  if (Symbol.asyncDispose in value) await (value as AsyncDisposable)[Symbol.asyncDispose]();
}
