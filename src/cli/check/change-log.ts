import type { CheckResult } from '../../web/status/check-report.ts';
import { renderTable, tableLines } from '../table.ts';
import type { Look } from '../terminal.ts';
import type { WatchView } from './watch.ts';

/**
 * {@link WatchView} of a file or a pipe: the first table, then a line with its time for each check whose verdict is
 * another than before.
 */
export function createChangeLog(write: (text: string) => void, look: Look): WatchView {
  let before: ReadonlyMap<string, string> | undefined;
  return {
    begin: () => {},
    show: ({ report, seconds }) => {
      const known = before;
      const changed = report.checks.filter((check) => known?.get(check.name) !== verdict(check));
      if (!known) write(renderTable(report, seconds, look));
      else for (const check of changed) write(`${report.timestamp} ${tableLines([check], look)}\n`);
      before = new Map(report.checks.map((check) => [check.name, verdict(check)]));
    },
  };
}

/** The message may change with every run, as where it names a number. */
function verdict({ status, reason }: CheckResult): string {
  return `${status} ${reason}`;
}
