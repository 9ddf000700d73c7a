import type { CheckView } from '../../config/check.ts';
import type { Past, PastRun } from '../../history/past.ts';
import type { CheckReport, CheckResult, RecentRun } from './report-schema.ts';
import { statusOf } from './status.ts';

export type { CheckReport, CheckResult, LastScrape, RecentRun } from './report-schema.ts';
export { STATUSES, type Status, statusOf } from './status.ts';

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
