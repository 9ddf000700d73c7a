/** Learns what writing an answer costs, so that a scrape can end early enough to be written in time. */
export interface WriteCost {
  /** Seconds to expect for an answer about this many checks. */
  readonly expect: (checks: number) => number;
  /** An answer about this many checks has taken so many seconds. */
  readonly observe: (checks: number, seconds: number) => void;
}

/** Before anything was written: a few times what a check costs on a usual machine. */
const SEED_SECONDS_PER_CHECK = 0.0002;
/** How slowly an expensive answer is forgotten. */
const MEMORY = 0.9;

/** Nothing was written yet. */
export function createWriteCost(): WriteCost {
  let perCheck = SEED_SECONDS_PER_CHECK;
  return {
    expect: (checks) => perCheck * checks,
    observe: (checks, seconds) => {
      perCheck = Math.max(seconds / Math.max(checks, MANY), perCheck * MEMORY);
    },
  };
}

/** Answers about fewer checks say nothing of the cost of each: most of theirs does not depend on the number. */
const MANY = 100;
