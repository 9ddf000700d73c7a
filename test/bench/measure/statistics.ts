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
  /**
   * Twice the standard error of the change: one below it says nothing. That of a slope over n values at even distances is
   * the deviation of the values around the line, times the square root of 12/n, over the whole length. Values that
   * follow each other, as those of memory between two collections do, count for as many as are independent.
   */
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
  const squares = sum(residuals.map((residual) => residual ** 2));
  const variance = squares / (values.length - 2);
  const independent = Math.max(2, values.length * independence(residuals, squares));
  return {
    slope,
    change: slope * (values.length - 1),
    noise: 2 * Math.sqrt((12 * variance) / independent),
  };
}

/** The part of the values that is independent, by the correlation of each with the next (AR(1)). */
function independence(residuals: readonly number[], squares: number): number {
  if (squares === 0) return 1;
  const products = residuals.slice(1).map((residual, index) => residual * (residuals[index] ?? 0));
  const correlation = Math.max(0, sum(products) / squares);
  return (1 - correlation) / (1 + correlation);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
