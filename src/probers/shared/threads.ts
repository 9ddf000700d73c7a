import { Turns } from '../../lib/turns.ts';

/** What {@link shareThreads} counts with where nobody says how many threads there are. */
const USUAL_THREADS = 48;

/**
 * The threads libuv has for everything that blocks. A call into a filesystem or to the resolver may never return, and
 * nothing can cancel it: each kind has a share, and what is left over can always read `/proc` and the configuration,
 * and compress.
 */
export const threads = {
  /** Calls to the resolver. libuv lets them take at most half of its threads. */
  names: new Turns(1),
  /** Looks of the disk prober, one for each mount. */
  mounts: new Turns(1),
  /** Files that options and targets name. */
  files: new Turns(1),
};
shareThreads(USUAL_THREADS);

/** Divides the threads: a third for names, a third for mounts, a sixth for files; at least one for each. */
export function shareThreads(count: number): void {
  const share = (part: number) => Math.max(1, Math.floor(count / part));
  threads.names.resize(share(3));
  threads.mounts.resize(share(3));
  threads.files.resize(share(6));
}
