import { unlessAborted } from '../../lib/unless-aborted.ts';
import { ProbeFailure } from '../failure.ts';

/**
 * One call that several wait for. None of those who leave takes it from the others; it is aborted when the last one
 * has left, or when its own time is over.
 */
export class SharedCall<T> {
  readonly #controller = new AbortController();
  readonly #result: Promise<T>;
  #waiting = 0;

  /**
   * @param call gets a signal that ends all it has open; it fires in any case once the call is over.
   * @param overdue what the call fails with when its time is over.
   */
  constructor(
    call: (signal: AbortSignal) => Promise<T>,
    { limitMs, overdue }: { limitMs: number; overdue: ProbeFailure },
  ) {
    const { signal } = this.#controller;
    const timer = setTimeout(() => this.#controller.abort(overdue), limitMs);
    this.#result = unlessAborted(call(signal), signal).finally(() => {
      clearTimeout(timer);
      this.#controller.abort(overdue);
    });
    // Those who wait may all have left by the time it fails.
    this.#result.catch(() => {});
  }

  /** Whether it is over, or about to be: nobody may join it any more. */
  get isOver(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Waits no longer than the signal allows. Rejects with the signal's reason. */
  async join(signal: AbortSignal): Promise<T> {
    this.#waiting++;
    try {
      return await unlessAborted(this.#result, signal);
    } finally {
      this.#waiting--;
      if (this.#waiting === 0) this.#controller.abort(ABANDONED);
    }
  }
}

const ABANDONED = new ProbeFailure('internal', 'nobody waits for it any more');
