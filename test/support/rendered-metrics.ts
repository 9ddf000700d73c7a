import type { Check, CheckView } from '../../src/config/check.ts';
import { createMetrics, type Metrics } from '../../src/metrics/metrics.ts';
import type { ProbeOutcome } from '../../src/probers/contract.ts';
import { makeCheck, makeConfig, takes } from './checks.ts';

/** A probe that found its target healthy. */
export const SUCCESS: ProbeOutcome = {
  success: true,
  failure: undefined,
  startedAt: 1_700_000_000,
  durationSeconds: 0.5,
  timeoutSeconds: 5,
  samples: [],
  log: [],
};
/** One that did not. */
export const FAILURE: ProbeOutcome = {
  ...SUCCESS,
  success: false,
  failure: { reason: 'dns', message: 'no such host' },
};

/** What a configuration of these checks shows. */
export function metricsOf(checks: readonly Check[]): Metrics {
  const readings = {
    version: '1.2.3',
    probesInFlight: () => 2,
    concurrencyLimit: () => 64,
    checks: () => checks.length,
  };
  const metrics = createMetrics(readings, (error) => {
    throw error;
  });
  metrics.configure(makeConfig(checks));
  return metrics;
}

/** What a scrape that executed a check has to say of it. */
export const fresh = (check: Check, outcome = SUCCESS): CheckView => ({
  check,
  outcome,
  fresh: true,
  ageSeconds: 0,
});

/** One scrape's text, and its lines. */
export async function render(
  metrics: Metrics,
  views: readonly CheckView[],
  format: 'text' | 'openmetrics' = 'text',
) {
  const text = [...(await metrics.render({ views, durationSeconds: 0.25 }, format))].join('');
  return { text, lines: text.split('\n') };
}

/** A check with labels of its own. */
export const check = (name: string, labels: Record<string, string> = {}) =>
  makeCheck(name, takes(0), { labels });
