import type { CheckView } from '../../config/check.ts';
import type { Past, PastRun } from '../../history/past.ts';
import type { Reason } from '../../probers/failure.ts';

/** `skipped`: there is no verdict to show, for the check was never executed or longer ago than `max_result_age`. */
export const STATUSES = ['healthy', 'failing', 'skipped'] as const;

/** One of {@link STATUSES}. */
export type Status = (typeof STATUSES)[number];

/** One executed run of a check. */
export interface RecentRun {
  /** ISO 8601, when the probe started. */
  readonly timestamp: string;
  readonly duration_seconds: number;
  readonly success: boolean;
  readonly reason: Reason | null;
}

/** One check of {@link CheckReport}. */
export interface CheckResult {
  readonly name: string;
  /** As it may be shown: without credentials. */
  readonly target: string;
  readonly prober: string;
  readonly module: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly status: Status;
  readonly reason: Reason | null;
  readonly message: string | null;
  /** Of the last run, also where that is too old for a verdict. */
  readonly duration_seconds: number | null;
  /** ISO 8601, when the last run started. */
  readonly timestamp: string | null;
  /** ISO 8601, when the run started that first found what all runs since have found. */
  readonly since: string | null;
  /** Where the log of the last run is, relative to the root of the exporter. */
  readonly log: string | null;
  readonly history: {
    /** All runs that were executed, and how many of them failed. */
    readonly runs: number;
    readonly failures: number;
    /** The newest runs, the oldest first. */
    readonly recent: readonly RecentRun[];
  };
}

/** What the last scrape of `/metrics` did. */
export interface LastScrape {
  /** ISO 8601, when it began. */
  readonly timestamp: string;
  readonly duration_seconds: number;
  /** How many checks it executed, and how many it asked for and could not give their time. */
  readonly executed: number;
  readonly skipped: number;
}

/** What `/api/v1/checks` answers and `check --json` writes. */
export interface CheckReport {
  /** ISO 8601, when it was made. */
  readonly timestamp: string;
  /** Of the checks that it lists. */
  readonly summary: Readonly<Record<'total' | Status, number>>;
  readonly scrape: LastScrape | null;
  readonly checks: readonly CheckResult[];
}

/** What is known of one check. */
export interface KnownCheck {
  readonly view: CheckView;
  readonly past: Past | undefined;
  /** Where the log of its last run is. */
  readonly log: string | null;
}

/**
 * Turns what a run outside of any exporter found out into the shape that is written.
 *
 * @param pastOf what is remembered of a check, that run included. Absent: there were no runs before.
 */
export function createReport(
  views: readonly CheckView[],
  pastOf: (view: CheckView) => Past | undefined = pastOfOneRun,
): CheckReport {
  return {
    timestamp: new Date().toISOString(),
    summary: summarize(views),
    scrape: null,
    checks: views.map((view) => describeCheck({ view, past: pastOf(view), log: null })),
  };
}

function pastOfOneRun({ outcome }: CheckView): Past | undefined {
  if (!outcome) return undefined;
  const { success, failure, startedAt, durationSeconds } = outcome;
  const run = { startedAt, durationSeconds, reason: failure?.reason };
  return { runs: 1, failures: success ? 0 : 1, since: startedAt, recent: () => [run] };
}

/** Counts checks by their status. */
export function summarize(views: readonly CheckView[]): CheckReport['summary'] {
  const summary = { total: views.length, healthy: 0, failing: 0, skipped: 0 };
  for (const view of views) summary[statusOf(view)]++;
  return summary;
}

/** What there is to say of a check in one word. */
export function statusOf({ outcome }: CheckView): Status {
  if (!outcome) return 'skipped';
  return outcome.success ? 'healthy' : 'failing';
}

/** Turns what is known of a check into the shape that is written. */
export function describeCheck({ view, past, log }: KnownCheck): CheckResult {
  const { check, outcome } = view;
  const { name, shownTarget, module, labels } = check;
  const recent = past?.recent() ?? [];
  const last = outcome ?? recent.at(-1);
  return {
    name,
    target: shownTarget,
    prober: module.prober.name,
    module: module.name || null,
    labels,
    status: statusOf(view),
    reason: outcome?.failure?.reason ?? null,
    message: outcome?.failure?.message ?? null,
    duration_seconds: last?.durationSeconds ?? null,
    timestamp: last ? timestampOf(last.startedAt) : null,
    since: outcome && past ? timestampOf(past.since) : null,
    log,
    history: {
      runs: past?.runs ?? 0,
      failures: past?.failures ?? 0,
      recent: recent.map(describeRun),
    },
  };
}

function describeRun({ startedAt, durationSeconds, reason }: PastRun): RecentRun {
  return {
    timestamp: timestampOf(startedAt),
    duration_seconds: durationSeconds,
    success: reason === undefined,
    reason: reason ?? null,
  };
}

/** @param seconds since the epoch. */
function timestampOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
