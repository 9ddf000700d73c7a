import { unlessAborted } from './unless-aborted.ts';

/** Waits no longer than the signal allows. Rejects with the signal's reason. */
export type Join<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Lets several wait for one result: none of those who leave takes it from the others.
 *
 * @param abandoned is told whenever the last who waits has left or been answered.
 */
export function joinable<T>(result: Promise<T>, abandoned: () => void): Join<T> {
  let waiting = 0;
  // It may fail before anybody waits for it.
  result.catch(() => {});
  return async (signal) => {
    waiting++;
    try {
      return await unlessAborted(result, signal);
    } finally {
      waiting--;
      if (waiting === 0) abandoned();
    }
  };
}
