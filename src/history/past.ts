import type { Check } from '../config/check.ts';
import type { ProbeOutcome } from '../probers/contract.ts';
import { REASONS, type Reason } from '../probers/failure.ts';

/** One executed run of a check, as much of it as is kept for long. */
export interface PastRun {
  /** Wall-clock start, in seconds since the epoch. */
  readonly startedAt: number;
  readonly durationSeconds: number;
  /** Why it failed; absent where it succeeded. */
  readonly reason: Reason | undefined;
}

/** What is remembered of a check, as it was when somebody asked for it. */
export interface Past {
  /** All runs that were executed, and how many of them failed. */
  readonly runs: number;
  readonly failures: number;
  /** When the first run started that found what all runs since have found. In seconds since the epoch. */
  readonly since: number;
  /** The newest runs, the oldest first, at most {@link MAX_RECENT_RUNS}. To be read soon: newer runs push them out. */
  readonly recent: () => PastRun[];
}

/** The runs of all checks, from the first one of this process on. */
export interface Pasts {
  readonly add: (check: Check, outcome: ProbeOutcome) => void;
  /** `undefined` for a check never yet executed. */
  readonly of: (check: Check) => Past | undefined;
  /** Forgets checks that are no longer configured; those with the same identity live on. */
  readonly retain: (checks: readonly Check[]) => void;
}

/** An hour of scrapes at Prometheus' default interval of a minute, and a quarter of one at 15 s. */
export const MAX_RECENT_RUNS = 60;

/** A run in its buffer: two doubles, and a byte that is 0 for success, else one more than the place of the reason. */
const RUN_BYTES = 17;

/** 1.2 kB a check; as objects the runs alone would take 5.3 kB. */
interface CheckRecord {
  runs: number;
  failures: number;
  since: number;
  success: boolean;
  /** A ring: run number n, counted from 0, stands at n % {@link MAX_RECENT_RUNS}. */
  readonly ring: DataView;
}

/** Nothing was executed yet. */
export function createPasts(): Pasts {
  const records = new Map<string, CheckRecord>();
  return {
    add: ({ identity }, outcome) => {
      const record = records.get(identity) ?? noRuns(outcome);
      records.set(identity, record);
      append(record, outcome);
    },
    of: ({ identity }) => {
      const record = records.get(identity);
      if (!record) return undefined;
      const { runs, failures, since } = record;
      return { runs, failures, since, recent: () => readRuns(record, runs) };
    },
    retain: (checks) => {
      const kept = new Set(checks.map(({ identity }) => identity));
      for (const identity of records.keys()) if (!kept.has(identity)) records.delete(identity);
    },
  };
}

function noRuns({ startedAt, success }: ProbeOutcome): CheckRecord {
  const ring = new DataView(new ArrayBuffer(MAX_RECENT_RUNS * RUN_BYTES));
  return { runs: 0, failures: 0, since: startedAt, success, ring };
}

function append(
  record: CheckRecord,
  { success, failure, startedAt, durationSeconds }: ProbeOutcome,
) {
  if (record.success !== success) {
    record.success = success;
    record.since = startedAt;
  }
  const place = (record.runs % MAX_RECENT_RUNS) * RUN_BYTES;
  record.ring.setFloat64(place, startedAt);
  record.ring.setFloat64(place + 8, durationSeconds);
  record.ring.setUint8(place + 16, failure ? REASONS.indexOf(failure.reason) + 1 : 0);
  record.runs++;
  if (!success) record.failures++;
}

/** The runs before the one with this number that are still there. */
function readRuns({ ring, runs }: CheckRecord, end: number): PastRun[] {
  const read: PastRun[] = [];
  for (let run = Math.max(0, runs - MAX_RECENT_RUNS); run < end; run++) {
    const place = (run % MAX_RECENT_RUNS) * RUN_BYTES;
    read.push({
      startedAt: ring.getFloat64(place),
      durationSeconds: ring.getFloat64(place + 8),
      reason: REASONS[ring.getUint8(place + 16) - 1],
    });
  }
  return read;
}
