import { type Join, joinable } from '../../lib/joinable.ts';
import type { Comparer, Question } from './bcrypt-thread.ts';

/** Who asks, and for how long. */
export interface Asker {
  /** Whose turn it is; absent where connections have no address. */
  readonly address: string | undefined;
  /** Fires when whoever asks has gone. */
  readonly signal: AbortSignal;
}

/** Comparisons one after another, for as many as may wait. */
export interface Comparisons {
  /**
   * Whether the password belongs to the hash. Who asks the same as somebody who waits already waits with them. Addresses
   * take turns: who guesses without end waits for themselves, and others for one guess of theirs.
   *
   * @param key names what is asked. When nobody is left who waits for it, it is not compared.
   * @throws {BusyError} where too many wait, and nobody has more of them than this asker.
   */
  readonly ask: (key: string, question: Question, asker: Asker) => Promise<boolean>;
}

/** Too many comparisons wait already. */
export class BusyError extends Error {
  override readonly name = 'BusyError';
}

/** At cost 10 the last of them waits for three seconds, which is less than Prometheus does. */
const MAX_WAITING = 32;

interface Job {
  readonly key: string;
  readonly question: Question;
  readonly address: string | undefined;
  /** In which round of all addresses it is its turn. */
  readonly round: number;
  readonly result: PromiseWithResolvers<boolean>;
  readonly join: Join<boolean>;
}

/** Gives a comparer one question at a time. */
export function createComparisons({ compare }: Pick<Comparer, 'compare'>): Comparisons {
  // In the order in which they came.
  const waiting = new Map<string, Job>();
  let working: Job | undefined;
  let round = 0;

  const work = async () => {
    if (working) return;
    for (working = first(waiting); working; working = first(waiting)) {
      const { key, question, result } = working;
      waiting.delete(key);
      round = working.round;
      await compare(question).then(result.resolve, result.reject);
    }
  };
  const enqueue = (key: string, question: Question, address: string | undefined): Job => {
    const rounds = [...waiting.values()].filter((job) => job.address === address);
    const result = Promise.withResolvers<boolean>();
    const leave = () => {
      if (waiting.get(key) === job) waiting.delete(key);
    };
    const job: Job = {
      key,
      question,
      address,
      round: 1 + Math.max(round, ...rounds.map((own) => own.round)),
      result,
      join: joinable(result.promise, leave),
    };
    if (waiting.size >= MAX_WAITING) makeRoom(waiting, job);
    waiting.set(key, job);
    return job;
  };
  return {
    ask: async (key, question, { address, signal }) => {
      signal.throwIfAborted();
      const same = working?.key === key ? working : waiting.get(key);
      const job = same ?? enqueue(key, question, address);
      const answer = job.join(signal);
      void work();
      return answer;
    },
  };
}

/** The one that is to be done next. */
function first(waiting: ReadonlyMap<string, Job>): Job | undefined {
  let found: Job | undefined;
  for (const job of waiting.values()) if (!found || job.round < found.round) found = job;
  return found;
}

/** Sends away the one that would be done last, if it would be so also after the new one. */
function makeRoom(waiting: Map<string, Job>, { round }: Job): void {
  const busy = new BusyError('too many wait for their password to be compared');
  let last: Job | undefined;
  for (const job of waiting.values()) if (!last || job.round >= last.round) last = job;
  if (!last || last.round <= round) throw busy;
  waiting.delete(last.key);
  last.result.reject(busy);
}
