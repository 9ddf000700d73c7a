import type { Worker } from 'node:worker_threads';

/** What is compared, as it goes to the thread. */
export interface Question {
  readonly password: string;
  readonly hash: string;
}

/** Compares passwords with bcrypt hashes. */
export interface Comparer {
  /** To be asked one at a time. Rejects where the thread ends before it answers. */
  readonly compare: (question: Question) => Promise<boolean>;
  /** Ends the thread. */
  readonly close: () => Promise<void>;
}

/** The same in `src/`, where Node.js runs TypeScript, and in the package. */
const PROGRAM = new URL(
  import.meta.url.endsWith('.ts') ? './bcrypt-worker.ts' : './bcrypt-worker.js',
  import.meta.url,
);

/**
 * A thread of its own: one comparison takes a tenth of a second and more, in which the event loop would do nothing
 * else. It is started with the first question; idle it holds no exit. One that ended is started anew.
 */
export function createBcryptThread(): Comparer {
  let starting: Promise<Worker> | undefined;
  const start = async () => {
    // Not imported above: who has no users needs no threads, which take time and memory to load.
    const { Worker } = await import('node:worker_threads');
    const worker = new Worker(PROGRAM);
    worker.once('exit', () => {
      starting = undefined;
    });
    // Whoever waits for an answer hears of it, and nobody else is to fail.
    worker.on('error', () => {});
    worker.unref();
    return worker;
  };
  return {
    compare: async (question) => {
      starting ??= start();
      return ask(await starting, question);
    },
    close: async () => {
      await (await starting)?.terminate();
    },
  };
}

function ask(worker: Worker, question: Question): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      worker.off('message', onMessage).off('error', reject).off('exit', onExit);
      worker.unref();
      act();
    };
    const onMessage = (answer: boolean) => settle(() => resolve(answer));
    const onExit = () =>
      settle(() => reject(new Error('the thread that compares passwords ended')));
    worker.on('message', onMessage).on('error', reject).on('exit', onExit);
    worker.ref();
    worker.postMessage(question);
  });
}
