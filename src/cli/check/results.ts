import type { Checking } from '../../app/checking.ts';
import type { CheckView } from '../../config/check.ts';
import { secondsSince } from '../../lib/elapsed.ts';
import { type CheckReport, createReport } from '../../web/status/check-report.ts';
import { EXIT } from '../exit.ts';
import { renderTable } from '../table.ts';
import { lookOf } from '../terminal.ts';

/** What one run found out, as people and as programs read it. */
export interface Results {
  readonly views: readonly CheckView[];
  readonly report: CheckReport;
  /** How long the run took. */
  readonly seconds: number;
  /** How many checks it executed to their end. */
  readonly done: number;
}

/** Runs all checks once, those that are done before `interrupted` fires. */
export async function runOnce(checking: Checking, interrupted: AbortSignal): Promise<Results> {
  const startedAt = performance.now();
  const views = await checking.run(interrupted);
  const seconds = secondsSince(startedAt);
  const report = createReport(views, ({ check }) => checking.pastOf(check));
  return { views, report, seconds, done: views.filter(({ fresh }) => fresh).length };
}

/** Prints the table. */
export function print({ report, seconds }: Results): void {
  process.stdout.write(renderTable(report, seconds, lookOf(process.stdout)));
}

/** What the program ends with, where nothing keeps it from that. */
export function exitCodeOf({ report: { summary } }: Results): number {
  return summary.failing + summary.skipped === 0 ? EXIT.ok : EXIT.someFail;
}
