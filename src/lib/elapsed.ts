/**
 * Seconds in whole nanoseconds, the rest cut off: what stands behind is noise of the arithmetic. As it only cuts, parts
 * never add up to more than their whole.
 */
export function wholeNanoseconds(seconds: number): number {
  return Math.floor(seconds * 1e9) / 1e9;
}

/** Seconds since a time of `performance.now()`. */
export function secondsSince(startedAt: number): number {
  return wholeNanoseconds((performance.now() - startedAt) / 1000);
}
