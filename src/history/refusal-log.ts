import type { Logger } from '../lib/logger.ts';

/** A request to `/probe` that the policy refused, or whose probe it ended. */
export interface Refused {
  /** The name of the module. */
  readonly module: string;
  /** As it may be shown: without credentials. */
  readonly target: string;
  /** Which rule it was, as a sentence. */
  readonly why: string;
}

/** Whoever tries out addresses does so by the thousand: the log is for who looks at it, the counter counts. */
const PAUSE_MS = 1000;
const MAX_TARGET = 200;

/** Logs refusals, at most one in a second; how many went by unsaid stands in the next line. */
export function createRefusalLog(logger: Logger): (refused: Refused) => void {
  let quietUntil = 0;
  let unsaid = 0;
  return ({ module, target, why }) => {
    const now = performance.now();
    if (now < quietUntil) {
      unsaid++;
      return;
    }
    quietUntil = now + PAUSE_MS;
    logger.warn('a request to /probe was refused', {
      module,
      target: target.slice(0, MAX_TARGET) || undefined,
      why,
      others_unsaid: unsaid || undefined,
    });
    unsaid = 0;
  };
}
