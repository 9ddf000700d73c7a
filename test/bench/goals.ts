import {
  type CaseResult,
  CONTENDERS,
  type ContenderName,
  judgedFigure,
  type Measure,
} from './results.ts';
import { align } from './table.ts';

/** One measure of one case: its median over the rounds, or the worst of them where the measure says so. */
interface Wanted {
  readonly in: string;
  readonly who: ContenderName;
  readonly measure: Measure;
}

/** One of the numbers to reach. */
export interface Goal {
  readonly says: string;
  /** The most that is allowed, in the unit of the measure; a ratio where there is an `over`. */
  readonly limit: number;
  readonly figure: Wanted;
  /** What the figure is divided by. */
  readonly over?: Wanted;
}

/** How a goal ended. */
export interface Verdict {
  readonly goal: string;
  readonly limit: number;
  readonly verdict: 'met' | 'NOT met' | 'not measured' | 'not run';
  readonly figure?: number;
  /** Why it was not measured. */
  readonly why?: string;
}

const wanted = (name: string, who: ContenderName, measure: Measure): Wanted => ({
  in: name,
  who,
  measure,
});

/** Both do the same work in the same case. */
function comparison(
  says: string,
  limit: number,
  name: string,
  measure: Measure,
  other: ContenderName = 'blackbox',
): Goal {
  return {
    says: `${says}, over ${CONTENDERS[other]}'s`,
    limit,
    figure: wanted(name, 'exporter', measure),
    over: wanted(name, other, measure),
  };
}

function limited(says: string, limit: number, name: string, measure: Measure): Goal {
  return { says, limit, figure: wanted(name, 'exporter', measure) };
}

/** What is to be reached. Cases are those of cases.ts. */
export const GOALS: readonly Goal[] = [
  comparison('CPU per HTTP probe', 0.5, 'http-1000-200', 'cpuMs'),
  comparison('CPU per HTTPS probe', 0.7, 'https-1000-200', 'cpuMs'),
  comparison('CPU per TCP probe', 0.4, 'tcp-1000-200', 'cpuMs'),
  comparison('CPU per DNS probe', 0.6, 'dns-1000-200', 'cpuMs'),
  comparison('CPU per HTTP probe', 2.2, 'http-1000-200', 'cpuMs', 'bare'),
  limited('reported median latency, 200 in flight, ms', 2, 'http-1000-200', 'medianMs'),
  comparison('reported median latency, 200 in flight', 0.1, 'http-1000-200', 'medianMs'),
  comparison('reported p99 latency, 200 in flight', 0.25, 'http-1000-200', 'p99Ms'),
  limited('median error against 50 ms, ms', 1, 'fifty-ms', 'medianErrorMs'),
  limited('p99 error against 50 ms, ms', 10, 'fifty-ms', 'p99ErrorMs'),
  ...['http-1000-10', 'http-1000-50', 'http-1000-200'].map((name) =>
    comparison(`scrape of 1,000 checks (${name})`, 1, name, 'wallMs'),
  ),
  ...['https-1000-200', 'tcp-1000-200', 'dns-1000-200'].map((name) =>
    comparison(`scrape of 1,000 checks (${name})`, 1, name, 'wallMs'),
  ),
  limited('10,000 checks: not executed', 0, 'http-10000-200', 'notExecuted'),
  {
    says: '10,000 checks: CPU per probe, over that at 1,000',
    limit: 1.3,
    figure: wanted('http-10000-200', 'exporter', 'cpuMs'),
    over: wanted('http-1000-200', 'exporter', 'cpuMs'),
  },
  limited("10,000 checks: exposition's share of CPU", 0.15, 'http-10000-200', 'expositionShare'),
  limited('10,000 checks: peak resident MB', 400, 'http-10000-200', 'peakMb'),
  limited('growth of resident memory beyond its noise, MB', 0, 'growth', 'grownBeyondNoiseMb'),
  limited('growth of file descriptors', 0, 'growth', 'moreDescriptors'),
  limited('half hanging: answers after the scrape timeout', 0, 'hanging', 'lateAnswers'),
  limited('half hanging: called down without its full time', 0, 'hanging', 'wronglyDown'),
  limited('half hanging: healthy but not fresh, once known', 0, 'hanging', 'notFresh'),
  limited('start to first answered scrape, ms', 500, 'startup', 'firstScrapeMs'),
  limited('idle resident MB', 90, 'startup', 'idleMb'),
];

/** Holds what was measured against the goals. */
export function judge(goals: readonly Goal[], results: readonly CaseResult[]): Verdict[] {
  return goals.map((goal) => {
    const { says, limit, figure, over } = goal;
    const needed = [figure, ...(over ? [over] : [])];
    const unrun = needed.find(({ in: name }) => !results.some((result) => result.name === name));
    if (unrun) return { goal: says, limit, verdict: 'not run', why: `the case ${unrun.in}` };
    const values = needed.map((one) => find(one, results));
    const missing = values.find((value) => typeof value === 'string');
    if (missing !== undefined) return { goal: says, limit, verdict: 'not measured', why: missing };
    const [value = Number.NaN, divisor = 1] = values as number[];
    const reached = value / divisor;
    return { goal: says, limit, verdict: reached <= limit ? 'met' : 'NOT met', figure: reached };
  });
}

/** @returns the value, or why there is none. */
function find({ in: name, who, measure }: Wanted, results: readonly CaseResult[]): number | string {
  const result = results.find((candidate) => candidate.name === name);
  if (!result || result.failed !== undefined) return `the case ${name} failed`;
  const measured = result.contenders[who];
  if (measured && 'notMeasured' in measured) return measured.notMeasured;
  return judgedFigure(result, who, measure) ?? `${name} has no ${measure} of ${CONTENDERS[who]}`;
}

/** The verdicts as lines; of the goals whose cases were not run only how many there are. */
export function renderVerdicts(verdicts: readonly Verdict[]): string {
  const run = verdicts.filter(({ verdict }) => verdict !== 'not run');
  const lines = align(
    run.map(({ goal, limit, verdict, figure, why }) => [
      verdict,
      goal,
      figure === undefined ? `${why}` : `${round(figure)}, limit ${limit}`,
    ]),
  );
  const left = verdicts.length - run.length;
  return left === 0
    ? lines
    : `${lines}Not judged: ${left} of ${verdicts.length}, whose cases were not run.\n`;
}

function round(value: number): string {
  return String(Number(value.toPrecision(3)));
}
