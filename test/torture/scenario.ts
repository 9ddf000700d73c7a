/** What a scenario measured, by what it is called in the report. Units are part of the name: `p99 lag, ms`. */
export type Figures = Readonly<Record<string, string | number>>;

/** One promise that takes too long for a test, as `scenarios/<name>.ts` exports it. */
export interface Scenario {
  /** That of its file. */
  readonly name: string;
  /** Which rows of `docs/reliability.md` it shows. */
  readonly proof: readonly number[];
  /** What holds, as a sentence. */
  readonly title: string;
  /** How long the whole may take at most, in seconds; {@link USUAL_LIMIT_SECONDS} unless it says so. */
  readonly limitSeconds?: number;
  /**
   * @param scale which part of the whole: 1 for all of it.
   * @throws whatever says why the promise is not held: {@link NotHeld} where there are figures too.
   */
  readonly run: (scale: number) => Promise<{ readonly figures: Figures }>;
}

/** For a scenario that does not say how long it may take. */
export const USUAL_LIMIT_SECONDS = 900;

/** A promise that is not held. */
export class NotHeld extends Error {
  override readonly name = 'NotHeld';
  readonly figures: Figures;

  constructor(figures: Figures, sentence: string) {
    super(sentence);
    this.figures = figures;
  }
}

/**
 * Judges what was measured.
 *
 * @param promises each with whether it is held, and the sentence to say where it is not.
 * @throws {NotHeld} with every sentence of those that are not.
 */
export function judge(
  figures: Figures,
  promises: readonly (readonly [held: boolean, sentence: string])[],
): { readonly figures: Figures } {
  const broken = promises.filter(([held]) => !held).map(([, sentence]) => sentence);
  if (broken.length > 0) throw new NotHeld(figures, broken.join('; '));
  return { figures };
}

/** A part of a count: a whole number, and never less than what says anything at all. */
export function scaled(whole: number, scale: number, least = 1): number {
  return Math.max(least, Math.round(whole * scale));
}

/** Whether times are judged. A small part of the whole says whether it works, on whatever machine at whatever load. */
export function judgesTimes(scale: number): boolean {
  return scale >= LEAST_JUDGED_SCALE;
}

const LEAST_JUDGED_SCALE = 0.5;

/** A number with so many digits behind the point, for a report. */
export function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}
