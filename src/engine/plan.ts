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
  /** Whether the rest starts before the quick ones, on `restLanes` places. */
  readonly restFirst: boolean;
  /** How many of the rest may be in flight at once while quick ones are waiting. */
  readonly restLanes: number;
  /** How many of the rest get their full T in this scrape at least. */
  readonly slots: number;
}

/** A check is quick where its last run took less than this part of its T. */
const QUICK_PART = 0.1;
/** Quick checks are expected to take this much longer than last time. */
const ROOM = 1.25;

/**
 * Orders the checks of one scrape so that
 * (a) quick checks are executed in every scrape, as long as they alone fit, and
 * (b) the rest take turns, longest since their last run first: nobody waits longer than ⌈rest ÷ slots⌉ + 1 scrapes.
 *
 * Either the quick ones go first, and the rest gets every place that is free early enough for the longest T; or the
 * rest goes first, on the places the quick ones can spare. What gives the rest more slots is taken.
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
  const longestRest = rest.reduce(
    (longest, { timeoutSeconds }) => Math.max(longest, timeoutSeconds),
    0,
  );
  const busyUntil = placesBusyUntil(quick, Math.min(concurrency, quick.length));
  const freeInTime = concurrency - count(busyUntil, (until) => until > endSeconds - longestRest);
  const spare = concurrency - placesNeeded(busyUntil, endSeconds);
  return freeInTime >= spare
    ? { quick, rest, restFirst: false, restLanes: concurrency, slots: freeInTime }
    : { quick, rest, restFirst: true, restLanes: spare, slots: spare };
}

/** When each place is free again that runs quick checks: every check goes to the place that is free first. */
function placesBusyUntil(quick: readonly Candidate[], places: number): number[] {
  const busyUntil = Array.from({ length: places }, () => 0);
  for (const { lastDurationSeconds = 0 } of quick) {
    let first = 0;
    for (let place = 1; place < places; place++) {
      if ((busyUntil[place] ?? 0) < (busyUntil[first] ?? 0)) first = place;
    }
    busyUntil[first] = (busyUntil[first] ?? 0) + ROOM * lastDurationSeconds;
  }
  return busyUntil;
}

/** How few places the quick ones can do with; the last of them may end a tenth of T after the others. */
function placesNeeded(busyUntil: readonly number[], endSeconds: number): number {
  const work = busyUntil.reduce((sum, until) => sum + until, 0);
  return Math.ceil(work / (endSeconds * (1 - QUICK_PART)));
}

function count<T>(items: readonly T[], test: (item: T) => boolean): number {
  return items.reduce((sum, item) => (test(item) ? sum + 1 : sum), 0);
}

function isQuick({ lastDurationSeconds, timeoutSeconds }: Candidate): boolean {
  return lastDurationSeconds !== undefined && lastDurationSeconds < QUICK_PART * timeoutSeconds;
}

// Not a subtraction: -Infinity − -Infinity is NaN.
function compare(a: number, b: number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
