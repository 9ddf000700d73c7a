import type { WriteStream } from 'node:tty';
import type { Check } from '../../config/check.ts';
import { formatDuration } from '../../lib/duration.ts';
import type { ProbeOutcome } from '../../probers/contract.ts';
import type { CheckResult } from '../../web/status/check-report.ts';
import { oneLine, summaryLine, tableLines } from '../table.ts';
import { fitted, type Look } from '../terminal.ts';
import { createLiveRegion } from './live-region.ts';
import type { Results } from './outputs.ts';
import { REDRAW_MS } from './progress.ts';
import { createTally } from './tally.ts';
import type { WatchView } from './watch.ts';

/** Where a terminal does not say how high it is. */
const DEFAULT_ROWS = 24;

/** {@link WatchView} of a terminal: what is known, in place of what was known before. */
export interface Screen extends WatchView {
  readonly executed: (check: Check, outcome: ProbeOutcome) => void;
  /** A line below the table, until it is told otherwise. */
  readonly note: (text: string | undefined) => void;
  readonly end: () => void;
}

/**
 * @param checks those of the run that begins.
 * @param intervalSeconds from the end of a run to the start of the next.
 */
export function createScreen(
  stream: WriteStream,
  {
    look,
    checks,
    intervalSeconds,
  }: { look: () => Look; checks: () => readonly Check[]; intervalSeconds: number },
): Screen {
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
    const room = Math.max(0, (stream.rows || DEFAULT_ROWS) - below.length);
    region.draw([...tableOf(last?.report.checks ?? [], room, now), ...below]);
  };
  return {
    begin: () => {
      tally.begin(checks());
      dueAt = undefined;
      timer ??= setInterval(draw, REDRAW_MS);
    },
    executed: (check, outcome) => tally.executed(check, outcome.success),
    show: (results) => {
      last = results;
      dueAt = performance.now() + intervalSeconds * 1000;
      draw();
    },
    note: (text) => {
      note = text;
    },
    end: () => {
      clearInterval(timer);
      region.clear();
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
