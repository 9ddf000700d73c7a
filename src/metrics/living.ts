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

/** The buckets of all histograms, as one configuration has them. */
interface Buckets {
  /** Without +Inf. */
  readonly bounds: readonly number[];
  /** The label of each bound and of +Inf, written once. */
  readonly labels: readonly string[];
}

/** Runs by how long they took. */
interface Latency {
  readonly buckets: Buckets;
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
  let buckets = bucketsOf([]);
  const noLatency = (): Latency => ({
    buckets,
    counts: buckets.labels.map(() => 0),
    runs: 0,
    seconds: 0,
  });

  const lived = (checks: readonly Check[]): Lived[] =>
    checks.flatMap((check) => {
      const life = lives.get(check.identity);
      return life ? [{ labels: seriesLabels(check), life, latency: life.latency }] : [];
    });

  return {
    configure: ({ checks, latencyBuckets }) => {
      if (String(latencyBuckets) !== String(buckets.bounds)) {
        // Other bounds make another histogram; Prometheus sees a counter reset.
        buckets = bucketsOf(latencyBuckets);
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
      observe(life.latency, durationSeconds);
      if (failure) life.failures.set(failure.reason, (life.failures.get(failure.reason) ?? 0) + 1);
    },
    skipped: ({ identity }) => {
      const life = lives.get(identity);
      if (life) life.skipped++;
    },
    families: (checks) => {
      const all = lived(checks);
      return [
        family('probe_failures_total', failureLines(all)),
        family('probe_latency_seconds', latencyLines(all)),
        family('probe_runs_total', countLines('probe_runs_total', all, 'runs')),
        family('probe_skipped_total', countLines('probe_skipped_total', all, 'skipped')),
      ];
    },
  };
}

function bucketsOf(bounds: readonly number[]): Buckets {
  return { bounds, labels: [...bounds.map(renderBound), '+Inf'].map((bound) => `le="${bound}"`) };
}

function observe(latency: Latency, seconds: number): void {
  const { bounds } = latency.buckets;
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

/** A check that is shown, with the histogram it had when the scrape was over: a reload may begin another meanwhile. */
interface Lived {
  readonly labels: string;
  readonly life: Life;
  readonly latency: Latency;
}

function* countLines(
  name: keyof typeof LIVING_METRICS,
  all: readonly Lived[],
  count: 'runs' | 'skipped',
): Generator<string> {
  for (const { labels, life } of all) yield sampleLine(name, labels, life[count]);
}

function* failureLines(all: readonly Lived[]): Generator<string> {
  for (const { labels, life } of all) {
    for (const [reason, count] of life.failures) {
      yield sampleLine('probe_failures_total', `${labels},${renderLabels({ reason })}`, count);
    }
  }
}

function* latencyLines(all: readonly Lived[]): Generator<string> {
  for (const { labels, latency } of all) {
    // As long as there was nothing to observe there is no histogram.
    if (latency.runs > 0) yield histogramLines(labels, latency);
  }
}

/** All lines of one check at once: a slice that ended within them would let a run be counted in half of them. */
function histogramLines(labels: string, { buckets, counts, runs, seconds }: Latency): string {
  const lines: string[] = [];
  let count = 0;
  counts.forEach((more, index) => {
    count += more;
    const bucket = `${labels},${buckets.labels[index]}`;
    lines.push(sampleLine('probe_latency_seconds_bucket', bucket, count));
  });
  lines.push(sampleLine('probe_latency_seconds_sum', labels, seconds));
  lines.push(sampleLine('probe_latency_seconds_count', labels, runs));
  return lines.join('\n');
}
