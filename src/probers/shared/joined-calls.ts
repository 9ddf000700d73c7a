import { timerMs } from '../../lib/timer.ts';

/** Runs a call, or joins the one for the same key that has not returned yet or whose answer is still good. */
export type JoinedCalls<T> = (
  key: string,
  call: () => Promise<T>,
) => { readonly result: Promise<T>; readonly joined: boolean };

/**
 * Makes calls of which there is never more than one in flight for a key. For calls that nothing can cancel, as
 * those into a filesystem whose server is gone: however often they are asked, they hold one thread.
 *
 * @param goodForSeconds how long after a call its answer, a failure too, is given to those who ask then.
 */
export function joinCalls<T>(goodForSeconds = 0): JoinedCalls<T> {
  const calls = new Map<string, Promise<T>>();
  const forget = (key: string) => void calls.delete(key);
  const forgetInTime =
    goodForSeconds === 0
      ? forget
      : (key: string) => void setTimeout(forget, timerMs(goodForSeconds), key).unref();
  return (key, call) => {
    const earlier = calls.get(key);
    if (earlier) return { result: earlier, joined: true };
    const result = call().finally(() => forgetInTime(key));
    // Those who asked may all have left by the time it fails.
    result.catch(() => {});
    calls.set(key, result);
    return { result, joined: false };
  };
}

/** Waits no longer than the signal allows; the call itself goes on. Rejects with the signal's reason. */
export function unlessAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const leave = () => reject(signal.reason);
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  return promise;
}
