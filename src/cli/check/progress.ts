import type { WriteStream } from 'node:tty';
import type { Check, CheckView } from '../../config/check.ts';
import type { ProbeOutcome } from '../../probers/contract.ts';
import { createReport } from '../../web/status/check-report.ts';
import { tableLines } from '../table.ts';
import { fitted, type Look } from '../terminal.ts';
import { createLiveRegion } from './live-region.ts';
import { createTally } from './tally.ts';

/** Shows how far a run is while it goes on. */
export interface Progress {
  readonly begin: (checks: readonly Check[]) => void;
  readonly executed: (check: Check, outcome: ProbeOutcome) => void;
  /** Leaves no trace of it. */
  readonly end: () => void;
}

/** For whoever looks at no terminal. */
export const NO_PROGRESS: Progress = { begin: () => {}, executed: () => {}, end: () => {} };

/** Often enough to look alive. What is over before the first time shows nothing. */
export const REDRAW_MS = 100;
/** More than these need not be seen before the table. */
const MAX_FAILING_SHOWN = 10;

/** The checks that fail, as they fail, and below them one line with a count, at the end of a terminal. */
export function createProgress(stream: WriteStream, look: () => Look): Progress {
  const region = createLiveRegion(stream);
  const tally = createTally();
  const failing: CheckView[] = [];
  let timer: NodeJS.Timeout | undefined;
  const draw = () => {
    const now = look();
    const room = Math.min(MAX_FAILING_SHOWN, (stream.rows || MAX_FAILING_SHOWN) - 2);
    const latest = room > 0 ? failing.slice(-room) : [];
    region.draw([
      ...tableLines(createReport(latest).checks, now),
      fitted(tally.text(), now.columns, now),
    ]);
  };
  return {
    begin: (checks) => {
      tally.begin(checks);
      timer = setInterval(draw, REDRAW_MS);
    },
    executed: (check, outcome) => {
      tally.executed(check, outcome.success);
      if (!outcome.success) failing.push({ check, outcome, fresh: true, ageSeconds: 0 });
    },
    end: () => {
      clearInterval(timer);
      region.clear();
    },
  };
}
