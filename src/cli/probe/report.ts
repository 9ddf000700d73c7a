import type { Executed } from '../../history/history.ts';
import { timestampOf } from '../../lib/timestamp.ts';
import type { Sample } from '../../probers/contract.ts';
import type { Reason } from '../../probers/failure.ts';

/** What `probe --json` writes. */
export interface ProbeReport {
  /** ISO 8601, when the probe started. */
  readonly timestamp: string;
  /** As it may be shown: without credentials. Empty for probers of this host. */
  readonly target: string;
  readonly prober: string;
  readonly module: string;
  readonly success: boolean;
  readonly reason: Reason | null;
  readonly message: string | null;
  readonly duration_seconds: number;
  readonly timeout_seconds: number;
  /** Each step, with the seconds since the probe started. */
  readonly log: readonly { seconds: number; message: string; fields: object }[];
  /** What the prober measured; a value that is no number is null. */
  readonly samples: readonly Sample[];
}

/** Turns what a probe found out into the shape that is written. */
export function probeReport({ module, target, outcome }: Executed): ProbeReport {
  const { success, failure, startedAt, durationSeconds, timeoutSeconds, log, samples } = outcome;
  return {
    timestamp: timestampOf(startedAt),
    target,
    prober: module.prober.name,
    module: module.name,
    success,
    reason: failure?.reason ?? null,
    message: failure?.message ?? null,
    duration_seconds: durationSeconds,
    timeout_seconds: timeoutSeconds,
    log: log.map(({ atSeconds: seconds, message, fields }) => ({ seconds, message, fields })),
    samples,
  };
}
