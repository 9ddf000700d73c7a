import type { CheckView } from '../../config/check.ts';
import { wholeNanoseconds } from '../../lib/elapsed.ts';
import type { LastScrape } from './check-report.ts';

/** Remembers the last scrape that was answered. */
export interface ScrapeMemory {
  readonly last: () => LastScrape | null;
  /** @param durationSeconds how long its checks took, from the moment it was asked for until now. */
  readonly keep: (views: readonly CheckView[], durationSeconds: number) => void;
}

/** Nobody has scraped yet. */
export function createScrapeMemory(): ScrapeMemory {
  let last: LastScrape | null = null;
  return {
    last: () => last,
    keep: (views, durationSeconds) => {
      const executed = views.filter(({ fresh }) => fresh).length;
      last = {
        timestamp: new Date(Date.now() - durationSeconds * 1000).toISOString(),
        duration_seconds: wholeNanoseconds(durationSeconds),
        executed,
        skipped: views.length - executed,
      };
    },
  };
}
