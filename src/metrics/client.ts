import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client';
import {
  type Family,
  type MetricType,
  renderBound,
  renderLabels,
  sampleLine,
} from './exposition.ts';

// The one file that knows the client library: it stores and counts, the text is ours. Its own text would lose the
// `_total` of counters after one OpenMetrics scrape, render bounds by format, and fail as a whole with one collector.
export { Counter, collectDefaultMetrics, Gauge, Histogram, Registry };

/** Anything of the client library that can be read. */
interface Readable {
  get(): Promise<MetricObjectWithValues<MetricValue<string>>>;
}

/**
 * Reads one metric of the client library.
 *
 * @returns the family, or the error its collector threw: one broken collector costs its own family only.
 */
export async function readMetric(metric: Readable): Promise<Family | Error> {
  try {
    const { name, help, type, values } = await metric.get();
    // Of nothing measured there is no mean.
    const measured = values.filter(({ value }) => !Number.isNaN(value));
    const lines = measured.map((value) => lineOf(name, value));
    // The declaration says an enum of numbers, at run time it is the word.
    return { name, help, type: type as unknown as MetricType, lines };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function lineOf(family: string, sample: MetricValue<string> & { metricName?: string }): string {
  const { le, ...rest } = sample.labels;
  // The library keeps label values as they came, numbers among them.
  const texts = Object.entries(rest).map(([label, value]) => [label, String(value)]);
  const labels = renderLabels(Object.fromEntries(texts));
  const name = sample.metricName ?? family;
  if (le === undefined) return sampleLine(name, labels, sample.value);
  const bound = `le="${le === '+Inf' ? '+Inf' : renderBound(Number(le))}"`;
  return sampleLine(name, labels === '' ? bound : `${labels},${bound}`, sample.value);
}
