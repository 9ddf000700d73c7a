import { parseExposition } from '../../support/exposition.ts';

/** What one of the two answered to a request. */
export interface Answer {
  readonly status: number;
  /** Series by their text, with labels sorted. Absent where the answer is no exposition. */
  readonly series: ReadonlyMap<string, number>;
}

/** One thing in which two answers differ. */
export interface Difference {
  readonly kind: 'status' | 'missing here' | 'only here' | 'value';
  /** The series, or `status`. */
  readonly what: string;
  readonly oracle: number | undefined;
  readonly ours: number | undefined;
  /** Whether both say that the target is down. */
  readonly down: boolean;
}

/** Reads an answer of `/probe`. */
export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const samples = response.status === 200 ? parseExposition(text).samples : [];
  return {
    status: response.status,
    series: new Map(samples.map(({ name, labels, value }) => [seriesText(name, labels), value])),
  };
}

/** Everything in which two answers differ but durations. */
export function compare(oracle: Answer, ours: Answer): Difference[] {
  const down = [oracle, ours].every(({ series }) => series.get('probe_success') === 0);
  if (oracle.status !== ours.status) {
    return [{ kind: 'status', what: 'status', oracle: oracle.status, ours: ours.status, down }];
  }
  const all = new Set([...oracle.series.keys(), ...ours.series.keys()]);
  return [...all].sort().flatMap((what): Difference[] => {
    const [theirs, mine] = [oracle.series.get(what), ours.series.get(what)];
    if (mine === undefined)
      return [{ kind: 'missing here', what, oracle: theirs, ours: mine, down }];
    if (theirs === undefined)
      return [{ kind: 'only here', what, oracle: theirs, ours: mine, down }];
    if (isDuration(what) || Object.is(theirs, mine)) return [];
    return [{ kind: 'value', what, oracle: theirs, ours: mine, down }];
  });
}

function isDuration(series: string): boolean {
  return /^[a-z_]+_(?:duration|lookup_time)_seconds(?:\{|$)/.test(series);
}

function seriesText(name: string, labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.length === 0
    ? name
    : `${name}{${sorted.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(',')}}`;
}
