import { type Join, joinable } from '../../lib/joinable.ts';
import { unlessAborted } from '../../lib/unless-aborted.ts';
import { ProbeFailure } from '../failure.ts';

/**
 * One call that several wait for. None of those who leave takes it from the others; it is aborted when the last one
 * has left, or when its own time is over.
 */
export class SharedCall<T> {
  readonly #controller = new AbortController();
  readonly join: Join<T>;

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
    const result = unlessAborted(call(signal), signal).finally(() => {
      clearTimeout(timer);
      this.#controller.abort(overdue);
    });
    this.join = joinable(result, () => this.#controller.abort(ABANDONED));
  }

  /** Whether it is over, or about to be: nobody may join it any more. */
  get isOver(): boolean {
    return this.#controller.signal.aborted;
  }
}

const ABANDONED = new ProbeFailure('internal', 'nobody waits for it any more');
