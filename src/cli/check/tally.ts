import type { Check } from '../../config/check.ts';
import { formatDuration } from '../../lib/duration.ts';
import { secondsSince } from '../../lib/elapsed.ts';
import { oneLine } from '../table.ts';

/** How far a run of checks is. */
export interface Tally {
  /** A run of these checks begins. */
  readonly begin: (checks: readonly Check[]) => void;
  readonly executed: (check: Check, success: boolean) => void;
  /** `23/120 done, 2 failing, 4s`; at the end also what is waited for. */
  readonly text: () => string;
}

/** Up to so many checks are named while they are waited for. */
const MAX_NAMED = 3;

/** Counts what is done of a run. */
export function createTally(): Tally {
  let waitedFor = new Set<Check>();
  let total = 0;
  let failing = 0;
  let startedAt = 0;
  return {
    begin: (checks) => {
      waitedFor = new Set(checks);
      total = checks.length;
      failing = 0;
      startedAt = performance.now();
    },
    executed: (check, success) => {
      waitedFor.delete(check);
      if (!success) failing++;
    },
    text: () => {
      const parts = [`${total - waitedFor.size}/${total} done`];
      if (failing > 0) parts.push(`${failing} failing`);
      const seconds = Math.floor(secondsSince(startedAt));
      if (seconds > 0) parts.push(formatDuration(seconds));
      const names = waitedFor.size <= MAX_NAMED ? [...waitedFor].map(({ name }) => name) : [];
      const last = names.length > 0 ? `; waiting for ${names.map(oneLine).join(', ')}` : '';
      return `${parts.join(', ')}${last}`;
    },
  };
}
