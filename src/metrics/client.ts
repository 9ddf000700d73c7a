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

/** A sample's labels as text, or `undefined` where the sample is to be left out. */
export type RenderLabels = (labels: Readonly<Record<string, string>>) => string | undefined;

/** Anything of the client library that can be read. */
interface Readable {
  get(): Promise<MetricObjectWithValues<MetricValue<string>>>;
}

/**
 * Reads one metric of the client library.
 *
 * @returns the family, or the error its collector threw: one broken collector costs its own family only.
 */
export async function readMetric(
  metric: Readable,
  render: RenderLabels = renderLabels,
): Promise<Family | Error> {
  try {
    const { name, help, type, values } = await metric.get();
    const lines: string[] = [];
    for (const value of values) {
      // Of nothing measured there is no mean.
      if (Number.isNaN(value.value)) continue;
      const line = readSample(name, value, render);
      if (line !== undefined) lines.push(line);
    }
    // The declaration says an enum of numbers, at run time it is the word.
    return { name, help, type: type as unknown as MetricType, lines };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function readSample(
  family: string,
  value: MetricValue<string> & { metricName?: string },
  render: RenderLabels,
): string | undefined {
  const { le, ...rest } = value.labels;
  // The library keeps label values as they came, numbers among them.
  const texts = Object.fromEntries(
    Object.entries(rest).map(([label, text]) => [label, String(text)]),
  );
  const labels = render(texts);
  if (labels === undefined) return undefined;
  const name = value.metricName ?? family;
  if (le === undefined) return sampleLine(name, labels, value.value);
  const bound = `le="${le === '+Inf' ? '+Inf' : renderBound(Number(le))}"`;
  return sampleLine(name, labels === '' ? bound : `${labels},${bound}`, value.value);
}
