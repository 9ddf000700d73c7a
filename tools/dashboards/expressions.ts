import { type DeclaredMetric, declaredMetric } from '../declared-metrics.ts';

/** A piece of PromQL that knows which labels its series have. */
export interface Expression {
  readonly promql: string;
  readonly labels: ReadonlySet<string>;
  /** The metric, where this is nothing but the selection of one. */
  readonly metric?: DeclaredMetric;
  /** Whether it has to be put in parentheses within another operation. */
  readonly isOperation?: boolean;
}

/** Asks for a metric among what the variables of a dashboard choose. */
export type Select = (name: string, matchers?: Readonly<Record<string, string>>) => Expression;

/** What a metric is about decides which variables choose among its series. */
type Matchers = Readonly<Record<DeclaredMetric['about'], Readonly<Record<string, string>>>>;

interface Matching {
  readonly on?: readonly string[];
  readonly ignoring?: readonly string[];
  /** The left side has several series for one of the right, and keeps its labels. */
  readonly manyToOne?: boolean;
}

/**
 * @param matchers what stands in every selection, as `=~` where it is a variable.
 * @param labels those that series of checks have besides.
 */
export function selectWith(matchers: Matchers, labels: readonly string[]): Select {
  return (name, own = {}) => {
    const metric = declaredMetric(name);
    const all = { ...matchers[metric.about], ...own };
    const common = metric.about === 'check' ? labels : [];
    const known = new Set([...Object.keys(matchers[metric.about]), ...common, ...metric.labels]);
    const parts = Object.entries(all).map(
      ([label, value]) => `${label}${value.startsWith('$') ? '=~' : '='}"${value}"`,
    );
    const selected = { promql: `${name}{${parts.join(', ')}}`, labels: known, metric };
    expectLabels(selected, Object.keys(own));
    return selected;
  };
}

export function rate(counter: Expression): Expression {
  return counted('rate', counter, '$__rate_interval');
}

export function increase(counter: Expression, window = '$__rate_interval'): Expression {
  return counted('increase', counter, window);
}

export function overTime(
  how: 'avg_over_time' | 'last_over_time',
  { metric, promql, labels }: Expression,
  window: string,
  at: '' | ' @ end()' = '',
): Expression {
  if (!metric) throw new Error(`${how} needs a metric, not ${promql}`);
  return { promql: `${how}(${promql}[${window}]${at})`, labels };
}

/** The average over all of the time shown, the same at every moment of it. */
export function wholeAverage(of: Expression): Expression {
  return overTime('avg_over_time', of, '$__range', ' @ end()');
}

/** @throws where the labels are not those of the series, or a counter is aggregated before its rate is taken. */
export function aggregate(
  how: 'sum' | 'avg' | 'min' | 'max' | 'count',
  of: Expression,
  by: readonly string[] = [],
): Expression {
  const { metric, promql } = of;
  if (metric?.isCounter) throw new Error(`${how} of the counter ${metric.name}, not of its rate`);
  expectLabels(of, by);
  const grouping = by.length === 0 ? '' : ` by (${by.join(', ')}) `;
  return { promql: `${how}${grouping}(${promql})`, labels: new Set(by) };
}

export function quantile(share: number, buckets: Expression): Expression {
  expectLabels(buckets, ['le']);
  const labels = new Set(buckets.labels);
  labels.delete('le');
  return { promql: `histogram_quantile(${share}, ${buckets.promql})`, labels };
}

/** Two sides with an operator between them; one of them at least has labels. */
export function operate(
  left: Expression | number,
  operator: string,
  right: Expression | number | 'time()',
  { on, ignoring, manyToOne = false }: Matching = {},
): Expression {
  const sides = [left, right].filter((side) => typeof side === 'object');
  for (const side of sides) expectLabels(side, on ?? []);
  const text = [
    left,
    operator,
    ...(on ? [`on (${on.join(', ')})`] : []),
    ...(ignoring ? [`ignoring (${ignoring.join(', ')})`] : []),
    ...(manyToOne ? ['group_left ()'] : []),
    right,
  ].map((part) => (typeof part === 'object' ? operand(part) : part));
  return { promql: text.join(' '), labels: sides[0]?.labels ?? new Set(), isOperation: true };
}

function operand({ promql, isOperation }: Expression): string {
  return isOperation ? `(${promql})` : promql;
}

/** When a series last had a sample, within the time shown. */
export function lastSeen({ promql, labels }: Expression): Expression {
  return { promql: `max_over_time(timestamp(${promql})[$__range:$__interval])`, labels };
}

/** As many series as are greatest. */
export function greatest(count: number, { promql, labels }: Expression): Expression {
  return { promql: `topk(${count}, ${promql})`, labels };
}

function counted(
  how: 'rate' | 'increase',
  { metric, promql, labels }: Expression,
  window: string,
): Expression {
  if (!metric?.isCounter) throw new Error(`${how} of ${promql}, which is no counter`);
  return { promql: `${how}(${promql}[${window}])`, labels };
}

/** @throws where series do not have a label that is asked of them. */
export function expectLabels({ promql, labels }: Expression, wanted: readonly string[]): void {
  const unknown = wanted.filter((label) => !labels.has(label));
  if (unknown.length === 0) return;
  const has = [...labels].join(', ') || 'none';
  throw new Error(`${promql} has no label ${unknown.join(', ')}, only: ${has}`);
}
