/** Gets the answer for one key. Rejects with the signal's reason when it fires. */
export type Ask<T> = (key: string, signal: AbortSignal) => Promise<T>;

interface Asker<T> {
  readonly key: string;
  readonly resolve: (answer: T) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Asks for many keys at once where each question is dear: one run at a time, and all who come during it share the
 * next. A run is aborted when everybody it is for has left.
 */
export function createBatcher<T>(
  run: (keys: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, T>>,
): Ask<T> {
  let waiting = new Set<Asker<T>>();
  let served: { readonly askers: Set<Asker<T>>; readonly controller: AbortController } | undefined;

  async function serve(): Promise<void> {
    if (served) return;
    while (waiting.size > 0) await serveWaiting();
  }

  async function serveWaiting(): Promise<void> {
    const askers = waiting;
    const controller = new AbortController();
    served = { askers, controller };
    waiting = new Set();
    try {
      const answers = await run([...new Set([...askers].map(({ key }) => key))], controller.signal);
      for (const asker of askers) answer(asker, answers);
    } catch (error) {
      for (const asker of askers) asker.reject(error);
    }
    served = undefined;
  }

  return (key, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const asker = { key, resolve, reject };
    const leave = () => {
      reject(signal.reason);
      waiting.delete(asker);
      if (served?.askers.delete(asker) && served.askers.size === 0) served.controller.abort();
    };
    if (signal.aborted) {
      leave();
      return promise;
    }
    signal.addEventListener('abort', leave, { once: true });
    waiting.add(asker);
    void serve();
    return promise.finally(() => signal.removeEventListener('abort', leave));
  };
}

function answer<T>({ key, resolve, reject }: Asker<T>, answers: ReadonlyMap<string, T>): void {
  const found = answers.get(key);
  if (found === undefined) reject(new Error(`there is no answer for ${key}`));
  else resolve(found);
}
