import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  Registry,
  readMetric,
} from './client.ts';
import { BLACKBOX_METRICS, SELF_METRICS } from './declarations.ts';
import type { Family } from './exposition.ts';

/** Why a request is refused before it is handled: the only values of the label `cause`. */
const REFUSAL_CAUSES = [
  'max_requests',
  'max_probes',
  'connections',
  'tls_handshake',
  'pipelining',
  'timeout',
  'slow_reader',
  'malformed',
  'url',
  'headers',
  'body',
] as const;

export type RefusalCause = (typeof REFUSAL_CAUSES)[number];

/** What the exporter counts about itself. */
export interface SelfMetrics {
  readonly queueWaited: (seconds: number) => void;
  readonly scrapeShared: () => void;
  readonly moduleUnknown: () => void;
  readonly targetRefused: () => void;
  readonly requestRefused: (cause: RefusalCause) => void;
  readonly reloaded: (success: boolean) => void;
  readonly read: () => Promise<(Family | Error)[]>;
}

/** What {@link createSelfMetrics} reads at every scrape. */
export interface SelfReadings {
  readonly version: string;
  readonly probesInFlight: () => number;
  readonly concurrencyLimit: () => number;
  readonly checks: () => number;
}

// Gauges whose names say counter: the same numbers stand beside them by type.
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];
const QUEUE_WAIT_BUCKETS = [0.001, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30];

/** Creates the exporter's own metrics, the process's and Node.js's among them. */
export function createSelfMetrics({
  version,
  probesInFlight,
  concurrencyLimit,
  checks,
}: SelfReadings): SelfMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);

  const { buildInfo, queueWait } = SELF_METRICS;
  new Gauge({ ...buildInfo, labelNames: ['version', 'node_version'], registers }).set(
    { version, node_version: process.version },
    1,
  );
  const reading = (declared: { name: string; help: string }, read: () => number) =>
    new Gauge({
      ...declared,
      registers,
      collect() {
        this.set(read());
      },
    });
  reading(SELF_METRICS.probesInFlight, probesInFlight);
  reading(SELF_METRICS.concurrencyLimit, concurrencyLimit);
  reading(SELF_METRICS.checks, checks);
  const named = [SELF_METRICS, BLACKBOX_METRICS];
  const successful = named.map((names) => new Gauge({ ...names.reloadSuccessful, registers }));
  const timestamps = named.map((names) => new Gauge({ ...names.reloadTimestamp, registers }));
  const unknown = named.map((names) => new Counter({ ...names.moduleUnknown, registers }));
  const waits = new Histogram({ ...queueWait, buckets: QUEUE_WAIT_BUCKETS, registers });
  const refusedTargets = new Counter({ ...SELF_METRICS.targetsRefused, registers });
  const shared = new Counter({ ...SELF_METRICS.scrapesShared, registers });
  const refusedRequests = new Counter({
    ...SELF_METRICS.requestsRefused,
    labelNames: ['cause'],
    registers,
  });
  for (const cause of REFUSAL_CAUSES) refusedRequests.inc({ cause }, 0);

  return {
    queueWaited: (seconds) => waits.observe(seconds),
    scrapeShared: () => shared.inc(),
    moduleUnknown: () => {
      for (const counter of unknown) counter.inc();
    },
    targetRefused: () => refusedTargets.inc(),
    requestRefused: (cause) => refusedRequests.inc({ cause }),
    reloaded: (success) => {
      for (const gauge of successful) gauge.set(success ? 1 : 0);
      if (!success) return;
      for (const gauge of timestamps) gauge.set(Date.now() / 1000);
    },
    read: () =>
      Promise.all(
        registry
          .getMetricsAsArray()
          .flatMap(({ name }) => registry.getSingleMetric(name) ?? [])
          .map((metric) => readMetric(metric)),
      ),
  };
}
