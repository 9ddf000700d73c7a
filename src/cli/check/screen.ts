import type { WriteStream } from 'node:tty';
import { formatDuration } from '../../lib/duration.ts';
import type { CheckResult } from '../../web/status/check-report.ts';
import { oneLine, summaryLine, tableLines } from '../table.ts';
import { fitted, type Look } from '../terminal.ts';
import { createLiveRegion } from './live-region.ts';
import { REDRAW_MS } from './progress.ts';
import { print, type Results } from './results.ts';
import { createTally } from './tally.ts';
import type { WatchView } from './watch-view.ts';

/** Where a terminal does not say how high it is. */
const DEFAULT_ROWS = 24;

/**
 * {@link WatchView} of a terminal: what is known, in place of what was known before, and in the end the last table.
 *
 * @param intervalSeconds from the end of a run to the start of the next.
 */
export function createScreen(
  stream: WriteStream,
  { look, intervalSeconds }: { look: () => Look; intervalSeconds: number },
): WatchView {
  const region = createLiveRegion(stream);
  const tally = createTally();
  let last: Results | undefined;
  let dueAt: number | undefined;
  let note: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  const status = () => {
    if (dueAt === undefined) return tally.text();
    const seconds = Math.max(0, Math.ceil((dueAt - performance.now()) / 1000));
    return `next run in ${formatDuration(seconds)}, Ctrl-C ends`;
  };
  const draw = () => {
    const now = look();
    const below = [
      ...(last ? ['', summaryLine(last.report.summary, last.seconds)] : []),
      ...(note === undefined ? [] : [oneLine(note)]),
      status(),
    ].map((line) => fitted(line, now.columns, now));
    const rows = stream.rows || DEFAULT_ROWS;
    const table = tableOf(last?.report.checks ?? [], Math.max(0, rows - below.length), now);
    region.draw([...table, ...below].slice(-rows));
  };
  return {
    begin: (checks) => {
      tally.begin(checks);
      dueAt = undefined;
      timer ??= setInterval(draw, REDRAW_MS);
    },
    executed: (check, outcome) => tally.executed(check, outcome.success),
    show: (results) => {
      last = results;
      dueAt = performance.now() + intervalSeconds * 1000;
      draw();
    },
    refused: (problems) => {
      note = problems === undefined ? undefined : `changed file refused: ${problems}`;
    },
    end: (results) => {
      clearInterval(timer);
      region.clear();
      if (results) print(results);
    },
  };
}

/** The whole table, or where it does not fit what is wrong first, and a line that says how much is missing. */
function tableOf(checks: readonly CheckResult[], room: number, look: Look): string[] {
  if (checks.length <= room) return tableLines(checks, look);
  const wrong = checks.filter(({ status }) => status !== 'healthy');
  const healthy = checks.filter(({ status }) => status === 'healthy');
  const shown = [...wrong, ...healthy].slice(0, Math.max(0, room - 1));
  const more = `  and ${checks.length - shown.length} more`;
  return [...tableLines(shown, look), ...(room > 0 ? [fitted(more, look.columns, look)] : [])];
}
