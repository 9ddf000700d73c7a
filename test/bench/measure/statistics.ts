/** The middle and the ends of what several rounds measured, in the unit of the values. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/**
 * The value below which this part of the values lies, between two of them on the straight line.
 *
 * @param part from 0 to 1: 0.5 for the median.
 * @returns NaN where there are no values.
 */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** @returns `undefined` where there are no values. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  return {
    median: quantile(values, 0.5),
    min: quantile(values, 0),
    max: quantile(values, 1),
  };
}

/** What a straight line through values taken at even distances says. */
export interface Trend {
  /** From one value to the next. */
  readonly slope: number;
  /** From the first value to the last, along the line. */
  readonly change: number;
  /** Twice the standard deviation of the values around the line: a change below it says nothing. */
  readonly noise: number;
}

/** The line of least squares. @throws where there are fewer than three values. */
export function trendOf(values: readonly number[]): Trend {
  if (values.length < 3) throw new Error(`a trend needs three values, got ${values.length}`);
  const middle = (values.length - 1) / 2;
  const mean = sum(values) / values.length;
  const slope =
    sum(values.map((value, index) => (index - middle) * (value - mean))) /
    sum(values.map((_, index) => (index - middle) ** 2));
  const residuals = values.map((value, index) => value - mean - slope * (index - middle));
  const variance = sum(residuals.map((residual) => residual ** 2)) / (values.length - 2);
  return { slope, change: slope * (values.length - 1), noise: 2 * Math.sqrt(variance) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
