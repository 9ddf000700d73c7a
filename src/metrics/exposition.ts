import { inSlices } from '../lib/slices.ts';

/** The two text formats a scrape may ask for. */
export type ExpositionFormat = 'text' | 'openmetrics';

/** What a scraper is told the body is. */
export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

export type MetricType = 'gauge' | 'counter' | 'histogram' | 'summary';

/** One metric family: everything between two `# TYPE` lines. */
export interface Family {
  /** As in the text format: a counter's ends in `_total`. */
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  /**
   * Sample lines as {@link sampleLine} makes them: they are the same in both formats. Read once, while they are written;
   * what must not be torn apart by what happens meanwhile comes as several lines in one text.
   */
  readonly lines: Iterable<string>;
}

/**
 * Writes families in the format asked for, a slice at a time: see {@link inSlices}. Families without samples are left
 * out.
 */
export function writeSlices(
  families: Iterable<Family>,
  format: ExpositionFormat,
): Generator<string, void> {
  return inSlices(pieces(families, format));
}

function* pieces(families: Iterable<Family>, format: ExpositionFormat): Generator<string> {
  for (const family of families) {
    let header = format === 'text' ? textHeader(family) : openMetricsHeader(family);
    for (const line of family.lines) {
      yield `${header}${line}\n`;
      header = '';
    }
  }
  if (format === 'openmetrics') yield '# EOF\n';
}

/** Writes families in the format asked for, as one text: see {@link writeSlices}. */
export function writeExposition(families: Iterable<Family>, format: ExpositionFormat): string {
  return [...writeSlices(families, format)].join('');
}

/** @param labels what {@link renderLabels} gave, or an empty string. */
export function sampleLine(name: string, labels: string, value: number): string {
  return labels === ''
    ? `${name} ${renderValue(value)}`
    : `${name}{${labels}} ${renderValue(value)}`;
}

/** The inside of the braces: `a="x",b="y"`. */
export function renderLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabelValue(value)}"`)
    .join(',');
}

/** A number as both formats spell it. */
export function renderValue(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

/** A bucket's bound: Prometheus 2 takes `1` and `1.0` for two series, and OpenMetrics wants the latter. */
export function renderBound(bound: number): string {
  const text = renderValue(bound);
  return Number.isInteger(bound) && !text.includes('e') ? `${text}.0` : text;
}

function textHeader({ name, type, help }: Family): string {
  return `# HELP ${name} ${help.replace(/[\\\n]/g, escapeCharacter)}\n# TYPE ${name} ${type}\n`;
}

function openMetricsHeader({ name, type, help }: Family): string {
  const family = type === 'counter' ? name.replace(/_total$/, '') : name;
  return `# TYPE ${family} ${type}\n# HELP ${family} ${help.replace(/[\\\n"]/g, escapeCharacter)}\n`;
}

const NEEDS_ESCAPE = /[\\\n"]/g;

function escapeLabelValue(value: string): string {
  return value.search(NEEDS_ESCAPE) === -1 ? value : value.replace(NEEDS_ESCAPE, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}
