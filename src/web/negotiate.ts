import { codingQuality, parseQualityValues, type QualityValue } from '../lib/quality-values.ts';
import type { ExpositionFormat } from '../metrics/exposition.ts';

const OPENMETRICS_VERSIONS = new Set([undefined, '1.0.0']);
const TEXT_VERSIONS = new Set([undefined, '0.0.4', '1.0.0']);

/**
 * Chooses the format of a scrape. OpenMetrics only where it is named; the text format for everything else, also for
 * headers that accept neither: Prometheus never sends such, and a person would rather read something.
 */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  const ranges = parseQualityValues(accept ?? '');
  const openmetrics = bestQuality(ranges, 'application/openmetrics-text', OPENMETRICS_VERSIONS);
  if (openmetrics === undefined || openmetrics === 0) return 'text';
  const text = bestQuality(ranges, 'text/plain', TEXT_VERSIONS) ?? 0;
  return openmetrics >= text ? 'openmetrics' : 'text';
}

/** Whether the body may be sent gzipped. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  return (codingQuality(acceptEncoding ?? '', 'gzip') ?? 0) > 0;
}

function bestQuality(
  ranges: readonly QualityValue[],
  type: string,
  versions: ReadonlySet<string | undefined>,
): number | undefined {
  const qualities = ranges
    .filter(({ value, parameters }) => value === type && versions.has(parameters.get('version')))
    .map(({ quality }) => quality);
  return qualities.length > 0 ? Math.max(...qualities) : undefined;
}
