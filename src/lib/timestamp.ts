/**
 * A point in time as ISO 8601, in UTC, to the millisecond.
 *
 * @param seconds since the epoch, in whole milliseconds: what arithmetic makes of them is a little more or less.
 */
export function timestampOf(seconds: number): string {
  return new Date(Math.round(seconds * 1000)).toISOString();
}
