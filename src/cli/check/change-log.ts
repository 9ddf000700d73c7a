import { harmless } from '../../lib/printable.ts';
import type { CheckResult } from '../../web/status/check-report.ts';
import { tableLines } from '../table.ts';
import type { Look } from '../terminal.ts';
import { print } from './results.ts';
import type { WatchView } from './watch-view.ts';

/**
 * {@link WatchView} of a file or a pipe: the first table, then a line with its time for each check whose verdict is
 * another than before. On standard error what is wrong with a changed file.
 */
export function createChangeLog(look: Look): WatchView {
  let before: ReadonlyMap<string, string> | undefined;
  return {
    begin: () => {},
    executed: () => {},
    show: (results) => {
      const { timestamp, checks } = results.report;
      const known = before;
      if (!known) print(results);
      for (const check of known ? checks : []) {
        if (known?.get(check.name) === verdict(check)) continue;
        process.stdout.write(`${timestamp} ${tableLines([check], look)}\n`);
      }
      before = new Map(checks.map((check) => [check.name, verdict(check)]));
    },
    refused: (problems) => {
      if (problems !== undefined) process.stderr.write(`${harmless(problems)}\n`);
    },
    end: () => {},
  };
}

/** The message may change with every run, as where it names a number. */
function verdict({ status, reason }: CheckResult): string {
  return `${status} ${reason}`;
}
