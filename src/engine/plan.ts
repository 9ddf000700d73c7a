/** What the order of a scrape depends on, per check. All times in seconds. */
export interface Candidate {
  /** The T that applies in this scrape. */
  readonly timeoutSeconds: number;
  /** How long the last executed run took, or `undefined` for a check never yet executed. */
  readonly lastDurationSeconds: number | undefined;
  /** When the last executed run ended, on any clock that only goes forward; -Infinity for never. */
  readonly lastRunAt: number;
}

/** In which order checks start. */
export interface Plan<C> {
  /** Last run took less than a tenth of T: in every scrape. */
  readonly quick: readonly C[];
  /** Slow, hanging or unknown: in turn, longest since their last run first. */
  readonly rest: readonly C[];
  /** How many of the rest start before the quick ones and run beside them. 0: the quick ones go first. */
  readonly restLanes: number;
}

/** A check is quick where its last run took less than this part of its T. */
const QUICK_PART = 0.1;
/** Quick checks are expected to take this much longer than last time. */
const ROOM = 1.5;

/**
 * Orders the checks of one scrape so that
 * (a) quick checks are executed in every scrape, as long as they alone fit, and
 * (b) the rest take turns, longest since their last run first: nobody waits longer than ⌈rest ÷ lanes⌉ + 1 scrapes.
 *
 * The rest starts first, on every place that the quick ones can spare: what needs as long as the scrape lasts must
 * begin when it begins. Where the quick ones need all places they go first, and the rest gets what remains.
 *
 * @param endSeconds when the scrape's answer goes out, counted from its start.
 * @param startSeconds what starting a probe takes: starts are one after another, whatever the limit is.
 */
export function planScrape<C extends Candidate>(
  candidates: readonly C[],
  terms: { concurrency: number; endSeconds: number; startSeconds: number },
): Plan<C> {
  const oldestFirst = [...candidates].sort((a, b) => compare(a.lastRunAt, b.lastRunAt));
  const quick = oldestFirst.filter(isQuick);
  const rest = oldestFirst.filter((candidate) => !isQuick(candidate));
  return { quick, rest, restLanes: Math.max(0, terms.concurrency - placesNeeded(quick, terms)) };
}

/** How few places the quick ones can do with; the last of them may end a tenth of T after the others. */
function placesNeeded(
  quick: readonly Candidate[],
  { endSeconds, startSeconds }: { endSeconds: number; startSeconds: number },
): number {
  const work = quick.reduce(
    (sum, { lastDurationSeconds = 0 }) => sum + ROOM * lastDurationSeconds + startSeconds,
    0,
  );
  return Math.ceil(work / (endSeconds * (1 - QUICK_PART)));
}

function isQuick({ lastDurationSeconds, timeoutSeconds }: Candidate): boolean {
  return lastDurationSeconds !== undefined && lastDurationSeconds < QUICK_PART * timeoutSeconds;
}

// Not a subtraction: -Infinity − -Infinity is NaN.
function compare(a: number, b: number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
