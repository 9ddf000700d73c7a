import type { CheckView } from '../config/check.ts';
import type { Reason } from '../probers/failure.ts';

/** One check of {@link CheckReport}. */
export interface CheckResult {
  readonly name: string;
  readonly target: string;
  readonly prober: string;
  readonly module: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly status: 'healthy' | 'failing' | 'skipped';
  readonly reason: Reason | null;
  readonly message: string | null;
  readonly duration_seconds: number | null;
  /** ISO 8601, when the probe started. */
  readonly timestamp: string | null;
}

/** What `check --json` writes. */
export interface CheckReport {
  readonly timestamp: string;
  readonly summary: Readonly<Record<'total' | CheckResult['status'], number>>;
  readonly checks: readonly CheckResult[];
}

/** Turns what a run found out into the shape that is written. */
export function createReport(views: readonly CheckView[]): CheckReport {
  const checks = views.map(resultOf);
  const count = (status: CheckResult['status']) =>
    checks.filter((check) => check.status === status).length;
  return {
    timestamp: new Date().toISOString(),
    summary: {
      total: checks.length,
      healthy: count('healthy'),
      failing: count('failing'),
      skipped: count('skipped'),
    },
    checks,
  };
}

function resultOf({ check, outcome }: CheckView): CheckResult {
  const { name, shownTarget, module, labels } = check;
  return {
    name,
    target: shownTarget,
    prober: module.prober.name,
    module: module.name || null,
    labels,
    status: outcome === undefined ? 'skipped' : outcome.success ? 'healthy' : 'failing',
    reason: outcome?.failure?.reason ?? null,
    message: outcome?.failure?.message ?? null,
    duration_seconds: outcome?.durationSeconds ?? null,
    timestamp: outcome ? new Date(outcome.startedAt * 1000).toISOString() : null,
  };
}
