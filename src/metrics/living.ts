import type { Check, Config } from '../config/check.ts';
import type { ProbeOutcome } from '../probers/contract.ts';
import type { Reason } from '../probers/failure.ts';
import { seriesLabels } from './check-families.ts';
import { LIVING_METRICS } from './declarations.ts';
import { type Family, renderBound, renderLabels, sampleLine } from './exposition.ts';

/** Histograms and counters per check, as long as the check is configured. */
export interface LivingMetrics {
  /** Begins the series of new checks at zero, ends those of removed ones; the others live on. */
  readonly configure: (config: Config) => void;
  readonly executed: (check: Check, outcome: ProbeOutcome) => void;
  readonly skipped: (check: Check) => void;
  /** The families with the series of these checks. */
  readonly families: (checks: readonly Check[]) => Family[];
}

/** What was counted of one check. */
interface Life {
  runs: number;
  skipped: number;
  readonly failures: Map<Reason, number>;
  latency: Latency;
}

/** Runs by how long they took. */
interface Latency {
  /** Per bound the runs that took at most that long and longer than the bound before; at the end those above all. */
  readonly counts: number[];
  runs: number;
  seconds: number;
}

/**
 * Creates the living metrics without any series. They are plain numbers and no metrics of the client library: reading
 * those makes an object for each of fourteen series a check, which cost more than everything else that is written.
 */
export function createLivingMetrics(): LivingMetrics {
  const lives = new Map<string, Life>();
  let bounds: readonly number[] = [];
  const noLatency = (): Latency => ({
    counts: [...bounds, Infinity].map(() => 0),
    runs: 0,
    seconds: 0,
  });

  function* living(checks: readonly Check[]): Generator<[labels: string, life: Life]> {
    for (const check of checks) {
      const life = lives.get(check.identity);
      if (life) yield [seriesLabels(check), life];
    }
  }

  return {
    configure: ({ checks, latencyBuckets }) => {
      if (String(latencyBuckets) !== String(bounds)) {
        // Other bounds make another histogram; Prometheus sees a counter reset.
        bounds = latencyBuckets;
        for (const life of lives.values()) life.latency = noLatency();
      }
      const wanted = new Set(checks.map(({ identity }) => identity));
      for (const identity of lives.keys()) if (!wanted.has(identity)) lives.delete(identity);
      for (const identity of wanted) {
        if (lives.has(identity)) continue;
        lives.set(identity, { runs: 0, skipped: 0, failures: new Map(), latency: noLatency() });
      }
    },
    executed: ({ identity }, { durationSeconds, failure }) => {
      const life = lives.get(identity);
      if (!life) return;
      life.runs++;
      observe(life.latency, bounds, durationSeconds);
      if (failure) life.failures.set(failure.reason, (life.failures.get(failure.reason) ?? 0) + 1);
    },
    skipped: ({ identity }) => {
      const life = lives.get(identity);
      if (life) life.skipped++;
    },
    families: (checks) => [
      family('probe_failures_total', failureLines(living(checks))),
      family('probe_latency_seconds', latencyLines(living(checks), bounds)),
      family('probe_runs_total', countLines('probe_runs_total', living(checks), 'runs')),
      family('probe_skipped_total', countLines('probe_skipped_total', living(checks), 'skipped')),
    ],
  };
}

function observe(latency: Latency, bounds: readonly number[], seconds: number): void {
  let index = 0;
  while (index < bounds.length && seconds > (bounds[index] ?? Infinity)) index++;
  latency.counts[index] = (latency.counts[index] ?? 0) + 1;
  latency.runs++;
  latency.seconds += seconds;
}

function family(name: keyof typeof LIVING_METRICS, lines: Iterable<string>): Family {
  const { type, help } = LIVING_METRICS[name];
  return { name, type, help, lines };
}

type Living = Iterable<[labels: string, life: Life]>;

function* countLines(
  name: keyof typeof LIVING_METRICS,
  living: Living,
  count: 'runs' | 'skipped',
): Generator<string> {
  for (const [labels, life] of living) yield sampleLine(name, labels, life[count]);
}

function* failureLines(living: Living): Generator<string> {
  for (const [labels, { failures }] of living) {
    for (const [reason, count] of failures) {
      yield sampleLine('probe_failures_total', `${labels},${renderLabels({ reason })}`, count);
    }
  }
}

function* latencyLines(living: Living, bounds: readonly number[]): Generator<string> {
  const limits = [...bounds.map(renderBound), '+Inf'].map((bound) => `le="${bound}"`);
  for (const [labels, { latency }] of living) {
    // As long as there was nothing to observe there is no histogram.
    if (latency.runs === 0) continue;
    let count = 0;
    let index = 0;
    for (const limit of limits) {
      count += latency.counts[index++] ?? 0;
      yield sampleLine('probe_latency_seconds_bucket', `${labels},${limit}`, count);
    }
    yield sampleLine('probe_latency_seconds_sum', labels, latency.seconds);
    yield sampleLine('probe_latency_seconds_count', labels, latency.runs);
  }
}
