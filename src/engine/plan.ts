/** What the order of a scrape depends on, per check. All times in seconds. */
export interface Candidate {
  /** The T that applies in this scrape. */
  readonly timeoutSeconds: number;
  /** How long the last executed run took, or `undefined` for a check never yet executed. */
  readonly lastDurationSeconds: number | undefined;
  /** When the last executed run ended, on any clock that only goes forward; -Infinity for never. */
  readonly lastRunAt: number;
}

/** In which order checks start, and how many of the rest may run at once while quick ones are still waiting. */
export interface Plan<C> {
  /** Last run took less than a tenth of T: in every scrape. */
  readonly quick: readonly C[];
  /** Slow, hanging or unknown: in turn, longest since their last run first. */
  readonly rest: readonly C[];
  /** Whether the rest starts before the quick ones, on `restLanes` slots. */
  readonly restFirst: boolean;
  readonly restLanes: number;
}

/** A check is quick where its last run took less than this part of its T. */
const QUICK_PART = 0.1;
/** Quick checks get slots for their last durations with this much room to be slower this time. */
const ROOM = 1.25;

/**
 * Orders the checks of one scrape so that
 * (a) quick checks are executed in every scrape, as long as they alone fit, and
 * (b) the rest take turns: each scrape gives their full T to as many as {@link Plan.restLanes} says, longest since
 *     their last run first.
 *
 * Quick ones go first where what remains after them still holds the longest T. Otherwise the rest goes first, on the
 * slots that the quick ones can spare.
 *
 * @param endSeconds when the scrape's answer goes out, counted from its start.
 */
export function planScrape<C extends Candidate>(
  candidates: readonly C[],
  { concurrency, endSeconds }: { concurrency: number; endSeconds: number },
): Plan<C> {
  const oldestFirst = [...candidates].sort((a, b) => compare(a.lastRunAt, b.lastRunAt));
  const quick = oldestFirst.filter(isQuick);
  const rest = oldestFirst.filter((candidate) => !isQuick(candidate));
  const quickWork =
    ROOM * quick.reduce((sum, { lastDurationSeconds = 0 }) => sum + lastDurationSeconds, 0);
  const longestRest = rest.reduce(
    (longest, { timeoutSeconds }) => Math.max(longest, timeoutSeconds),
    0,
  );

  if (quickWork / concurrency + longestRest <= endSeconds) {
    return { quick, rest, restFirst: false, restLanes: concurrency };
  }
  const quickSlots = Math.ceil(quickWork / endSeconds);
  const spare = concurrency - quickSlots;
  return spare > 0
    ? { quick, rest, restFirst: true, restLanes: spare }
    : { quick, rest, restFirst: false, restLanes: concurrency };
}

function isQuick({ lastDurationSeconds, timeoutSeconds }: Candidate): boolean {
  return lastDurationSeconds !== undefined && lastDurationSeconds < QUICK_PART * timeoutSeconds;
}

// Not a subtraction: -Infinity − -Infinity is NaN.
function compare(a: number, b: number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
