import leven from 'leven';
import { CHECK_METRICS, LIVING_METRICS, SELF_METRICS } from '../src/metrics/declarations.ts';
import { createSelfMetrics } from '../src/metrics/self.ts';
import type { MetricDeclaration } from '../src/probers/contract.ts';
import { PROBERS } from '../src/probers/index.ts';

/** A metric as Prometheus stores it: what rules and dashboards may ask for. */
export interface DeclaredMetric {
  readonly name: string;
  readonly help: string;
  /** Whether it only rises, so that its rate is what can be shown. */
  readonly isCounter: boolean;
  /** Its own labels; those of the scrape and of the check stand beside them. */
  readonly labels: readonly string[];
  readonly about: 'check' | 'exporter';
}

/** Every metric that the exporter can emit, the process and Node.js included, and `up`; by name. */
export const DECLARED_METRICS: ReadonlyMap<string, DeclaredMetric> = new Map(
  [...checkMetrics(), ...(await exporterMetrics())].map((metric) => [metric.name, metric]),
);

/** @throws where nothing declares a metric of this name. */
export function declaredMetric(name: string): DeclaredMetric {
  const metric = DECLARED_METRICS.get(name);
  if (metric) return metric;
  const [nearest] = [...DECLARED_METRICS.keys()].sort((a, b) => leven(name, a) - leven(name, b));
  throw new Error(`no metric is called ${name}, did you mean ${nearest}?`);
}

/** The sentence that a metric has in the exposition, for the description of the panel that shows it. */
export function helpOf(name: string): string {
  return declaredMetric(name).help;
}

type Living = { type: 'counter' | 'histogram'; help: string; labels?: readonly string[] };

function checkMetrics(): DeclaredMetric[] {
  const gauges = [CHECK_METRICS, ...PROBERS.map(({ metrics }) => metrics)].flatMap((declared) =>
    Object.entries<MetricDeclaration>(declared).map(([name, { help, type, labels = [] }]) => ({
      name,
      help,
      labels,
      about: 'check' as const,
      isCounter: type === 'counter',
    })),
  );
  const living = Object.entries<Living>(LIVING_METRICS).flatMap(
    ([name, { type, help, labels = [] }]) => {
      const metric = { name, help, labels, about: 'check' as const, isCounter: true };
      return type === 'histogram' ? partsOfHistogram(metric) : [metric];
    },
  );
  return [...gauges, ...living];
}

/** What the exporter says of itself: declared here, by the client library and by Prometheus, which adds `up`. */
async function exporterMetrics(): Promise<DeclaredMetric[]> {
  const about = 'exporter' as const;
  const perScrape = Object.values(SELF_METRICS).map(({ name, help }) => ({
    name,
    help,
    labels: [],
    about,
    isCounter: false,
  }));
  const zero = () => 0;
  const self = createSelfMetrics({
    version: '',
    probesInFlight: zero,
    concurrencyLimit: zero,
    checks: zero,
  });
  const families = (await self.read()).flatMap((family) => {
    if (family instanceof Error) throw family;
    const { name, help, type, lines } = family;
    const labels = type === 'histogram' ? [] : labelsIn([...lines][0] ?? '');
    const metric = { name, help, labels, about, isCounter: type !== 'gauge' };
    return type === 'histogram' ? partsOfHistogram(metric) : [metric];
  });
  const up = { name: 'up', help: 'Whether Prometheus could scrape it: 1, or 0.', labels: [] };
  return [...perScrape, ...families, { ...up, about, isCounter: false }];
}

function partsOfHistogram(metric: DeclaredMetric): DeclaredMetric[] {
  return ['bucket', 'sum', 'count'].map((part) => ({
    ...metric,
    name: `${metric.name}_${part}`,
    labels: part === 'bucket' ? [...metric.labels, 'le'] : metric.labels,
  }));
}

function labelsIn(line: string): string[] {
  return [...line.matchAll(/(\w+)="/g)].map(([, label = '']) => label);
}
