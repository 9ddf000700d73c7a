import { onSignals } from '../app/signals.ts';

/** What is being done may come to its end for so long after an interruption. */
const PATIENCE_MS = 2000;

/**
 * Calls with a signal that fires at Ctrl-C; a second one ends the process at once.
 *
 * @param sentence what to say where nobody catches the interruption.
 * @throws {Error} also where the work does not heed the interruption: a pipe that nobody reads, a disk that hangs.
 */
export async function untilInterrupted<T>(
  sentence: string,
  work: (interrupted: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const givenUp = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    undo();
    controller.abort(new Error(sentence));
    timer = setTimeout(() => givenUp.reject(new Error(GIVEN_UP)), PATIENCE_MS);
  };
  const undo = onSignals({ SIGINT: stop, SIGTERM: stop });
  try {
    return await Promise.race([work(controller.signal), givenUp.promise]);
  } finally {
    undo();
    clearTimeout(timer);
  }
}

const GIVEN_UP = 'interrupted while a file could be neither read nor written';
