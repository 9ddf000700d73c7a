import type { Deadline } from '../engine/run.ts';

/** What Prometheus says of its own patience. */
export const SCRAPE_TIMEOUT_HEADER = 'x-prometheus-scrape-timeout-seconds';

/** blackbox_exporter's: as long as a scrape may take where nobody says. */
const WITHOUT_HEADER_SECONDS = 120;
const NUMBER = /^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Starts are paced, so a probe with the longest T begins a little after the scrape did. */
const START_WINDOW_SECONDS = 0.1;
const START_WINDOW_PART = 0.05;

/** Below this no answer can be in time, and every target would be called down. Prometheus' own smallest unit is 1 ms. */
const SHORTEST_SECONDS = 0.01;
/** No scrape interval that makes sense is longer, and nobody keeps a place among those that are answered for ever. */
const LONGEST_SECONDS = 3600;
/** The answer is expected to take this much longer than the last ones did. */
const WRITE_ROOM = 1.5;

/** What a scrape timeout leaves for probing. */
export interface Budget {
  /** As Prometheus says it, an hour at most. */
  readonly scrapeTimeoutSeconds: number;
  /** The scrape timeout less the offset, half of the timeout where that is at most twice the offset. */
  readonly budgetSeconds: number;
}

/**
 * Reads what Prometheus says of its patience.
 *
 * @param offsetSeconds `--timeout-offset`.
 * @returns a sentence that says what is wrong with the header, where something is.
 */
export function readBudget(header: string | undefined, offsetSeconds: number): Budget | string {
  const text = header?.trim() ?? '';
  const said = text === '' ? WITHOUT_HEADER_SECONDS : NUMBER.test(text) ? Number(text) : Number.NaN;
  if (!(said >= SHORTEST_SECONDS && Number.isFinite(said))) {
    const got = JSON.stringify(text.slice(0, 60));
    return `${SCRAPE_TIMEOUT_HEADER}: expected one number of seconds, at least ${SHORTEST_SECONDS}, got ${got}`;
  }
  const scrapeTimeoutSeconds = Math.min(said, LONGEST_SECONDS);
  const budgetSeconds =
    scrapeTimeoutSeconds <= 2 * offsetSeconds
      ? scrapeTimeoutSeconds / 2
      : scrapeTimeoutSeconds - offsetSeconds;
  return { scrapeTimeoutSeconds, budgetSeconds };
}

/**
 * How long a scrape of many checks may take. Half of what the budget leaves is for probes that began a little late, the
 * other half for writing the answer; more than that, where the answer is large.
 *
 * @param offsetSeconds `--timeout-offset`.
 * @param writeSeconds what writing the answer will take, as far as is known.
 * @returns the deadline, or a sentence that says what is wrong with the header.
 */
export function readDeadline(
  header: string | undefined,
  { offsetSeconds, writeSeconds }: { offsetSeconds: number; writeSeconds: number },
): Deadline | string {
  const read = readBudget(header, offsetSeconds);
  if (typeof read === 'string') return read;
  const { scrapeTimeoutSeconds: scrapeTimeout, budgetSeconds: budget } = read;
  const forWriting = Math.max(
    (scrapeTimeout - budget) / 2,
    Math.min(WRITE_ROOM * writeSeconds, scrapeTimeout / 2),
  );
  const endSeconds = scrapeTimeout - forWriting;
  const startWindow = Math.min(START_WINDOW_SECONDS, scrapeTimeout * START_WINDOW_PART);
  return { timeoutCapSeconds: Math.min(budget, endSeconds - startWindow), endSeconds };
}
