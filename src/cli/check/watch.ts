import { setTimeout as sleep } from 'node:timers/promises';
import type { Checking } from '../../app/checking.ts';
import { secondsSince } from '../../lib/elapsed.ts';
import { createReport } from '../../web/status/check-report.ts';
import type { Results } from './outputs.ts';

/** Runs all checks once. */
export async function runOnce(checking: Checking, interrupted: AbortSignal): Promise<Results> {
  const startedAt = performance.now();
  const views = await checking.run(interrupted);
  const seconds = secondsSince(startedAt);
  return { views, report: createReport(views, ({ check }) => checking.pastOf(check)), seconds };
}

/** What happens while checks are run again and again. */
export interface WatchView {
  readonly begin: () => void;
  /** A run is over. */
  readonly show: (results: Results) => void;
}

/**
 * Runs all checks again and again until it is interrupted.
 *
 * @param write is given the results of each run that came to its end.
 * @returns the results of the last one, `undefined` where none came to its end.
 */
export async function runAgainAndAgain(
  checking: Checking,
  { intervalSeconds, interrupted, view, write }: Watching,
): Promise<Results | undefined> {
  let last: Results | undefined;
  while (!interrupted.aborted) {
    view.begin();
    const results = await runOnce(checking, interrupted);
    if (interrupted.aborted && results.views.some(({ fresh }) => !fresh)) break;
    last = results;
    view.show(last);
    await write(last);
    await sleep(intervalSeconds * 1000, undefined, { signal: interrupted }).catch(() => {});
  }
  return last;
}

interface Watching {
  /** From the end of a run to the start of the next. */
  readonly intervalSeconds: number;
  readonly interrupted: AbortSignal;
  readonly view: WatchView;
  readonly write: (results: Results) => Promise<void>;
}
