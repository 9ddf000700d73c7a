import type { Emit } from '../contract.ts';

/** Declared alike by every prober that has limits: on `/metrics` they are one family. */
export const thresholdMetrics = {
  probe_threshold_ratio: { help: 'The limit set for a resource.', labels: ['resource'] },
} as const;

/** Exports the percentages that are set, so that a panel can draw the line. */
export function emitLimits(
  emit: Emit<typeof thresholdMetrics>,
  maxPercents: Readonly<Record<string, number | undefined>>,
): void {
  for (const [resource, maxPercent] of Object.entries(maxPercents)) {
    if (maxPercent !== undefined) emit('probe_threshold_ratio', maxPercent / 100, { resource });
  }
}

/** A limit somebody set on something that was measured. */
export interface Threshold {
  /** Percent, 0 to 100, or `undefined` where no limit is set. */
  readonly maxPercent: number | undefined;
  /** A share of the whole, or `undefined` where there is no whole to have a share of. */
  readonly usedRatio: number | undefined;
  /** What is used, as the start of the sentence: `swap`. Empty where the check's own name says it. */
  readonly what?: string;
}

/**
 * Compares what is used with the most that may be used.
 *
 * @returns `93.1 % used, at most 80 % allowed`, or `undefined` where the limit is kept or cannot be judged.
 */
export function exceeded({ maxPercent, usedRatio, what }: Threshold): string | undefined {
  if (maxPercent === undefined || usedRatio === undefined) return undefined;
  const percent = usedRatio * 100;
  if (percent <= maxPercent) return undefined;
  const sentence = `${readable(percent, maxPercent)} % used, at most ${maxPercent} % allowed`;
  return what ? `${what} ${sentence}` : sentence;
}

/** All that is wrong in one sentence, or `undefined` where nothing is. */
export function together(problems: readonly (string | undefined)[]): string | undefined {
  const real = problems.filter((problem) => problem !== undefined);
  return real.length > 0 ? real.join('; ') : undefined;
}

/** A number with as few digits as still show that it is more than `limit`: 80.04 is not "80.0, at most 80". */
export function readable(value: number, limit: number): string {
  for (let digits = 1; digits < 6; digits++) {
    const text = value.toFixed(digits);
    if (Number(text) > limit) return text;
  }
  return String(value);
}
