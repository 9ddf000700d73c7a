import type { ExpositionFormat } from '../metrics/exposition.ts';

/** One element of an Accept-like header. */
interface Range {
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** 0 to 1; what is out of bounds is clamped (Prometheus 2.49 says `q=2`), what is no number counts as 1. */
  readonly quality: number;
}

const OPENMETRICS_VERSIONS = new Set([undefined, '1.0.0']);
const TEXT_VERSIONS = new Set([undefined, '0.0.4', '1.0.0']);

/**
 * Chooses the format of a scrape. OpenMetrics only where it is named; the text format for everything else, also for
 * headers that accept neither: Prometheus never sends such, and a person would rather read something.
 */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  const ranges = parseRanges(accept);
  const openmetrics = bestQuality(ranges, 'application/openmetrics-text', OPENMETRICS_VERSIONS);
  if (openmetrics === undefined || openmetrics === 0) return 'text';
  const text = bestQuality(ranges, 'text/plain', TEXT_VERSIONS) ?? 0;
  return openmetrics >= text ? 'openmetrics' : 'text';
}

/** Whether the body may be sent gzipped. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const ranges = parseRanges(acceptEncoding);
  const gzip =
    ranges.find(({ value }) => value === 'gzip') ?? ranges.find(({ value }) => value === '*');
  return gzip !== undefined && gzip.quality > 0;
}

function bestQuality(
  ranges: readonly Range[],
  type: string,
  versions: ReadonlySet<string | undefined>,
): number | undefined {
  const qualities = ranges
    .filter(({ value, parameters }) => value === type && versions.has(parameters.get('version')))
    .map(({ quality }) => quality);
  return qualities.length > 0 ? Math.max(...qualities) : undefined;
}

function parseRanges(header = ''): Range[] {
  return header.split(',').map((element) => {
    const [value = '', ...rest] = element.split(';').map((part) => part.trim().toLowerCase());
    const parameters = new Map(rest.map((part) => splitOnce(part)));
    return { value, parameters, quality: readQuality(parameters.get('q')) };
  });
}

function splitOnce(parameter: string): [string, string] {
  const at = parameter.indexOf('=');
  return at === -1
    ? [parameter, '']
    : [parameter.slice(0, at).trim(), parameter.slice(at + 1).trim()];
}

function readQuality(text: string | undefined): number {
  const quality = Number.parseFloat(text ?? '1');
  return Number.isNaN(quality) ? 1 : Math.min(1, Math.max(0, quality));
}
