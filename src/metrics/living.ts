import type { Check, Config } from '../config/check.ts';
import type { ProbeOutcome } from '../probers/contract.ts';
import { REASONS } from '../probers/failure.ts';
import { seriesLabels } from './check-families.ts';
import { Counter, Histogram, type RenderLabels, readMetric } from './client.ts';
import { LIVING_METRICS } from './declarations.ts';
import { type Family, renderLabels } from './exposition.ts';

/** Histograms and counters per check, as long as the check is configured. */
export interface LivingMetrics {
  /** Begins the series of new checks at zero, ends those of removed ones; the others live on. */
  readonly configure: (config: Config) => void;
  readonly executed: (check: Check, outcome: ProbeOutcome) => void;
  readonly skipped: (check: Check) => void;
  /** The families with the series of these checks. */
  readonly read: (checks: Iterable<Check>) => Promise<(Family | Error)[]>;
}

/** Creates the living metrics without any series. */
export function createLivingMetrics(): LivingMetrics {
  // The client library knows a check by a number alone: its own series keys confuse label values with `:` and `,`.
  const numbers = new Map<string, string>();
  let nextNumber = 0;
  let bounds: readonly number[] = [];
  let latency = createHistogram(bounds);
  const counter = <L extends string>(
    name: 'probe_runs_total' | 'probe_failures_total' | 'probe_skipped_total',
    labelNames: L[],
  ) => new Counter({ name, help: LIVING_METRICS[name].help, labelNames, registers: [] });
  const runs = counter('probe_runs_total', ['series']);
  const skipped = counter('probe_skipped_total', ['series']);
  const failures = counter('probe_failures_total', [
    'series',
    ...LIVING_METRICS.probe_failures_total.labels,
  ]);

  const begin = (identity: string) => {
    const series = String(nextNumber++);
    numbers.set(identity, series);
    runs.inc({ series }, 0);
    skipped.inc({ series }, 0);
  };

  const end = (identity: string, series: string) => {
    numbers.delete(identity);
    runs.remove({ series });
    skipped.remove({ series });
    latency.remove({ series });
    for (const reason of REASONS) failures.remove({ series, reason });
  };

  return {
    configure: ({ checks, latencyBuckets }) => {
      const wanted = new Set(checks.map(({ identity }) => identity));
      for (const [identity, series] of [...numbers])
        if (!wanted.has(identity)) end(identity, series);
      for (const identity of wanted) if (!numbers.has(identity)) begin(identity);
      if (String(latencyBuckets) === String(bounds)) return;
      // Other bounds make another histogram; Prometheus sees a counter reset.
      bounds = latencyBuckets;
      latency = createHistogram(bounds);
    },
    executed: ({ identity }, { durationSeconds, failure }) => {
      const series = numbers.get(identity);
      if (series === undefined) return;
      runs.inc({ series });
      latency.observe({ series }, durationSeconds);
      if (failure) failures.inc({ series, reason: failure.reason });
    },
    skipped: ({ identity }) => {
      const series = numbers.get(identity);
      if (series !== undefined) skipped.inc({ series });
    },
    read: (checks) => {
      const labelsOf = new Map<string, string>();
      for (const check of checks) {
        const series = numbers.get(check.identity);
        if (series !== undefined) labelsOf.set(series, seriesLabels(check));
      }
      const render: RenderLabels = ({ series = '', ...rest }) => {
        const own = labelsOf.get(series);
        const more = renderLabels(rest);
        return own === undefined || more === '' ? own : `${own},${more}`;
      };
      return Promise.all(
        [failures, latency, runs, skipped].map((metric) => readMetric(metric, render)),
      );
    },
  };
}

function createHistogram(bounds: readonly number[]): Histogram<'series'> {
  const { help } = LIVING_METRICS.probe_latency_seconds;
  const name = 'probe_latency_seconds';
  return new Histogram({ name, help, labelNames: ['series'], buckets: [...bounds], registers: [] });
}
