import { unlessAborted } from '../../lib/unless-aborted.ts';
import type { Comparer, Question } from './bcrypt-thread.ts';

/** Comparisons one after another, for as many as may wait. */
export interface Comparisons {
  /**
   * Whether the password belongs to the hash. Who asks the same as somebody who waits already waits with them.
   *
   * @param key names what is asked.
   * @param signal of the one who asks; when nobody is left who waits, nothing is compared.
   * @throws {BusyError} where too many wait.
   */
  readonly ask: (key: string, question: Question, signal: AbortSignal) => Promise<boolean>;
}

/** Too many comparisons wait already. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
}

/** At cost 10 the last of them waits for three seconds, which is less than Prometheus does. */
const MAX_WAITING = 32;

interface Job {
  readonly question: Question;
  readonly result: PromiseWithResolvers<boolean>;
  askers: number;
}

/** Gives a comparer one question at a time. */
export function createComparisons({ compare }: Pick<Comparer, 'compare'>): Comparisons {
  // In the order in which they came; the first is being worked on.
  const jobs = new Map<string, Job>();
  let isWorking = false;

  const work = async () => {
    if (isWorking) return;
    isWorking = true;
    for (let [next] = jobs; next; [next] = jobs) {
      const [key, { question, result }] = next;
      await compare(question).then(result.resolve, result.reject);
      jobs.delete(key);
    }
    isWorking = false;
  };
  const enqueue = (key: string, question: Question) => {
    if (jobs.size > MAX_WAITING)
      throw new BusyError('too many wait for their password to be compared');
    const job: Job = { question, result: Promise.withResolvers<boolean>(), askers: 0 };
    // Whoever asked may be gone.
    job.result.promise.catch(() => {});
    jobs.set(key, job);
    return job;
  };
  const leave = (key: string, job: Job) => {
    job.askers -= 1;
    const [first] = jobs.keys();
    if (job.askers === 0 && key !== first && jobs.get(key) === job) jobs.delete(key);
  };
  return {
    ask: async (key, question, signal) => {
      signal.throwIfAborted();
      const job = jobs.get(key) ?? enqueue(key, question);
      job.askers += 1;
      void work();
      try {
        return await unlessAborted(job.result.promise, signal);
      } finally {
        leave(key, job);
      }
    },
  };
}
