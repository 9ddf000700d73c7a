/** setTimeout takes 31 bits of milliseconds and silently makes 1 ms of anything larger. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What to give setTimeout for a time in seconds, which may be infinite. */
export function timerMs(seconds: number): number {
  return Math.min(Math.ceil(seconds * 1000), MAX_TIMER_MS);
}
