import type { Deadline } from '../engine/run.ts';

/** What Prometheus says of its own patience. */
export const SCRAPE_TIMEOUT_HEADER = 'x-prometheus-scrape-timeout-seconds';

/** blackbox_exporter's: as long as a scrape may take where nobody says. */
const WITHOUT_HEADER_SECONDS = 120;
const NUMBER = /^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Starts are paced, so a probe with the longest T begins a little after the scrape did. */
const START_WINDOW_SECONDS = 0.1;
const START_WINDOW_PART = 0.05;

/**
 * How long a scrape may take. The budget is the scrape timeout less the offset, half of the timeout where that is at
 * most twice the offset. Half of what the budget leaves is for probes that began a little late, the other half for
 * writing the answer.
 *
 * @returns the deadline, or a sentence that says what is wrong with the header.
 */
export function readDeadline(header: string | undefined, offsetSeconds: number): Deadline | string {
  const text = header?.trim() ?? '';
  const scrapeTimeout =
    text === '' ? WITHOUT_HEADER_SECONDS : NUMBER.test(text) ? Number(text) : Number.NaN;
  if (!(scrapeTimeout > 0 && Number.isFinite(scrapeTimeout))) {
    return `${SCRAPE_TIMEOUT_HEADER}: expected one number of seconds above zero, got ${JSON.stringify(text.slice(0, 60))}`;
  }
  const budget =
    scrapeTimeout <= 2 * offsetSeconds ? scrapeTimeout / 2 : scrapeTimeout - offsetSeconds;
  const endSeconds = budget + (scrapeTimeout - budget) / 2;
  const startWindow = Math.min(START_WINDOW_SECONDS, scrapeTimeout * START_WINDOW_PART);
  return { timeoutCapSeconds: Math.min(budget, endSeconds - startWindow), endSeconds };
}
