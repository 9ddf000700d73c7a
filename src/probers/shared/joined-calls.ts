import { type Join, joinable } from '../../lib/joinable.ts';
import { timerMs } from '../../lib/timer.ts';
import { heldUpWhile, isHeldUp } from './held-up.ts';

/** Gets the answer for a key; rejects with the signal's reason when it fires. The call itself may go on. */
export type JoinedCalls<T> = (key: string, signal: AbortSignal) => Promise<T>;

interface Call<T> {
  readonly join: Join<T>;
  /** Fires when the last who waits has left before it has begun. */
  readonly abandoned: AbortController;
}

/**
 * Makes calls of which there is never more than one in flight for a key: who asks meanwhile joins it. For calls that
 * nothing can cancel, as those into a filesystem whose server is gone: however often they are asked, they hold one
 * thread.
 *
 * @param call gets a signal that fires when nobody waits any more: what has not begun then need not begin.
 * @param goodForSeconds how long after a call its answer, a failure too, is given to those who ask then.
 */
export function joinCalls<T>(
  call: (key: string, signal: AbortSignal) => Promise<T>,
  goodForSeconds = 0,
): JoinedCalls<T> {
  const calls = new Map<string, Call<T>>();
  const forget = (key: string, made: Call<T>) => {
    if (calls.get(key) === made) calls.delete(key);
  };
  const forgetInTime =
    goodForSeconds === 0
      ? forget
      : (key: string, made: Call<T>) =>
          void setTimeout(forget, timerMs(goodForSeconds), key, made).unref();
  const make = (key: string): Call<T> => {
    const abandoned = new AbortController();
    const result = call(key, abandoned.signal);
    const made: Call<T> = { join: joinable(result, () => leave(key, made)), abandoned };
    result.then(
      () => forgetInTime(key, made),
      () => (abandoned.signal.aborted ? forget : forgetInTime)(key, made),
    );
    calls.set(key, made);
    return made;
  };
  return async (key, signal) => {
    const { join, abandoned } = calls.get(key) ?? make(key);
    if (isHeldUp(abandoned.signal)) heldUpWhile(signal, () => isHeldUp(abandoned.signal));
    return join(signal);
  };

  /** A call that waits for its turn is dropped, and never begins: who asks next begins anew. */
  function leave(key: string, left: Call<T>): void {
    if (!isHeldUp(left.abandoned.signal)) return;
    calls.delete(key);
    left.abandoned.abort();
  }
}
