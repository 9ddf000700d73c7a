import { type Spread, spreadOf } from './measure/statistics.ts';

/** Who did the work of a case, by the name that the table shows. */
export const CONTENDERS = {
  exporter: 'healthcheck-exporter',
  blackbox: 'blackbox_exporter',
  bare: 'bare node loop',
  truth: 'one at a time',
} as const;
export type ContenderName = keyof typeof CONTENDERS;

/**
 * Everything that is measured: the head of its column, how many decimals it is shown with, and whether a goal is held
 * against the worst round and not against the median: of what may never happen, once is too often.
 */
export const MEASURES = {
  cpuMs: { head: 'CPU/probe ms', digits: 3 },
  wallMs: { head: 'scrape ms', digits: 1 },
  medianMs: { head: 'median ms', digits: 3 },
  p99Ms: { head: 'p99 ms', digits: 3 },
  medianErrorMs: { head: 'median error ms', digits: 3 },
  p99ErrorMs: { head: 'p99 error ms', digits: 3 },
  targetMedianErrorMs: { head: "target's own median ms", digits: 3 },
  targetP99ErrorMs: { head: "target's own p99 ms", digits: 3 },
  notExecuted: { head: 'not executed', digits: 0, worst: true },
  peakMb: { head: 'peak MB', digits: 0 },
  endMb: { head: 'MB at end', digits: 0 },
  expositionKb: { head: 'exposition kB', digits: 1 },
  gzippedKb: { head: 'gzipped kB', digits: 1 },
  expositionMs: { head: 'exposition CPU ms', digits: 1 },
  expositionShare: { head: 'exposition share', digits: 3 },
  lateAnswers: { head: 'late answers', digits: 0, worst: true },
  slowestMs: { head: 'slowest scrape ms', digits: 0 },
  wronglyDown: { head: 'wrongly down', digits: 0, worst: true },
  notFresh: { head: 'healthy not fresh', digits: 0, worst: true },
  grownMb: { head: 'MB grown', digits: 1 },
  noiseMb: { head: 'noise MB', digits: 1 },
  grownBeyondNoiseMb: { head: 'MB beyond noise', digits: 1 },
  descriptors: { head: 'descriptors', digits: 0 },
  moreDescriptors: { head: 'more descriptors', digits: 0, worst: true },
  firstScrapeMs: { head: 'start to first scrape ms', digits: 0 },
  coldScrapeMs: { head: 'very first start ms', digits: 0 },
  ofScrapeMs: { head: 'of it, the scrape ms', digits: 0 },
  slowestCheckMs: { head: 'of that, slowest check ms', digits: 0 },
  idleMb: { head: 'idle MB', digits: 0 },
} as const satisfies Readonly<Record<string, { head: string; digits: number; worst?: true }>>;
export type Measure = keyof typeof MEASURES;

/** What one round gave, or what was measured once, in the unit that the measure's head names. */
export type Figures = Partial<Record<Measure, number>>;

/** One contender in one case; what was measured once for all rounds is a round of its own. */
export type Measured = { readonly rounds: readonly Figures[] } | { readonly notMeasured: string };

/** One case, with what was measured before it failed where it did. */
export interface CaseResult {
  readonly name: string;
  /** Cases of one kind share a table. */
  readonly kind: string;
  readonly contenders: Partial<Record<ContenderName, Measured>>;
  /** Why measuring failed. */
  readonly failed?: string;
}

/** All rounds' values of a measure. `undefined` where none has it. */
export function figureOf(
  { contenders }: CaseResult,
  contender: ContenderName,
  measure: Measure,
): Spread | undefined {
  const measured = contenders[contender];
  if (!measured || !('rounds' in measured)) return undefined;
  return spreadOf(measured.rounds.flatMap((round) => round[measure] ?? []));
}

/** What a goal is held against. `undefined` where no round has it. */
export function judgedFigure(
  result: CaseResult,
  contender: ContenderName,
  measure: Measure,
): number | undefined {
  const spread = figureOf(result, contender, measure);
  return 'worst' in MEASURES[measure] ? spread?.max : spread?.median;
}
