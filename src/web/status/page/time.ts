import { type Html, html } from '../../../lib/html.ts';

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

/** How long something has lasted, in its two largest units where that says more than one: `12 s`, `3 min`, `2 h 5 min`. */
export function writeAge(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const first = UNITS.findIndex(([, size]) => whole >= size);
  const [unit, size] = UNITS[first] ?? ['s', 1];
  const age = `${Math.floor(whole / size)} ${unit}`;
  const [nextUnit, nextSize] = UNITS[first + 1] ?? ['s', 1];
  const rest = Math.floor((whole % size) / nextSize);
  return size >= 3600 && rest > 0 ? `${age} ${rest} ${nextUnit}` : age;
}

/** A point in time, in UTC; without its day where that is today. Both are ISO 8601. */
export function timeElement(timestamp: string, now: string): Html {
  const [day = '', time = ''] = timestamp.slice(0, 19).split('T');
  const shown = now.startsWith(day) ? time : `${day} ${time.slice(0, 5)}`;
  return html`<time datetime="${timestamp}">${shown}</time>`;
}

/** Seconds from one point in time to another, both as ISO 8601. */
export function secondsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}
