import type { CheckView } from '../../config/check.ts';
import type { Past, PastRun } from '../../history/past.ts';
import { timestampOf } from '../../lib/timestamp.ts';
import type { CheckReport, CheckResult, RecentRun } from './report-schema.ts';
import { statusOf } from './status.ts';

export type { CheckReport, CheckResult, LastScrape, RecentRun } from './report-schema.ts';
export { STATUS_SIGNS, STATUSES, type Status, statusOf } from './status.ts';

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
 * @param pastOf what is remembered of a check, that run included. Absent: nothing is.
 */
export function createReport(
  views: readonly CheckView[],
  pastOf: (view: CheckView) => Past | undefined = () => undefined,
): CheckReport {
  return {
    timestamp: new Date().toISOString(),
    summary: summarize(views),
    scrape: null,
    checks: views.map((view) => describeCheck({ view, past: pastOf(view), log: null })),
  };
}

/** Counts checks by their status. */
export function summarize(views: readonly CheckView[]): CheckReport['summary'] {
  const summary = { total: views.length, healthy: 0, failing: 0, skipped: 0 };
  for (const view of views) summary[statusOf(view)]++;
  return summary;
}

/** Turns what is known of a check into the shape that is written. */
export function describeCheck(known: KnownCheck): CheckResult {
  const recent = known.past?.recent() ?? [];
  return {
    ...describeState(known, recent),
    history: {
      runs: known.past?.runs ?? 0,
      failures: known.past?.failures ?? 0,
      recent: recent.map(describeRun),
    },
  };
}

/** A check without its past, which takes as long to write as all the rest. */
export type CheckState = Omit<CheckResult, 'history'>;

/** Turns what is known of a check now into the shape that is written. `recent`: its last runs. */
export function describeState(
  { view, past, log }: KnownCheck,
  recent: readonly PastRun[],
): CheckState {
  const { check, outcome } = view;
  const { name, shownTarget, module, labels } = check;
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
