import { onSignals } from '../app/signals.ts';

/**
 * Calls with a signal that fires at Ctrl-C; a second one ends the process at once.
 *
 * @param sentence what to say where nobody catches the interruption.
 */
export async function untilInterrupted<T>(
  sentence: string,
  work: (interrupted: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = () => {
    undo();
    controller.abort(new Error(sentence));
  };
  const undo = onSignals({ SIGINT: stop, SIGTERM: stop });
  try {
    return await work(controller.signal);
  } finally {
    undo();
  }
}
