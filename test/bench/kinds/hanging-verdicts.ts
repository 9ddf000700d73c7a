import type { ExposedSample } from '../../support/exposition.ts';
import type { HangingCase } from '../cases.ts';
import { samplesOf } from '../contenders/reported.ts';

/** Of a check that names no other timeout, and what the exporter keeps of a scrape's timeout for itself. */
const CHECK_TIMEOUT_SECONDS = 5;
const OFFSET_SECONDS = 0.5;
/** Timers may fire that much early. */
const ROUNDING_SECONDS = 0.002;

/** What a run of a check has to say, from the samples of one scrape. */
export interface Verdict {
  readonly success: boolean;
  /** Age 0: executed in this scrape. */
  readonly isFresh: boolean;
  readonly durationSeconds: number | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly reason: string | undefined;
}

/** ⌈hanging ÷ slots of a scrape⌉ + 1. */
export function scrapesUntilKnown({
  ofEach,
  inFlight,
  scrapeTimeoutSeconds,
}: Pick<HangingCase, 'ofEach' | 'inFlight' | 'scrapeTimeoutSeconds'>): number {
  const budget = scrapeTimeoutSeconds - OFFSET_SECONDS;
  const slots = inFlight * Math.max(1, Math.floor(budget / CHECK_TIMEOUT_SECONDS));
  return Math.ceil(ofEach / slots) + 1;
}

/** What a scrape says, by the name of the check. */
export function readVerdicts(text: string): Map<string, Verdict> {
  const valuesOf = (name: string) => byCheck(samplesOf(text, name), ({ value }) => value);
  const ages = valuesOf('probe_result_age_seconds');
  const durations = valuesOf('probe_duration_seconds');
  const timeouts = valuesOf('probe_timeout_seconds');
  const reasons = byCheck(samplesOf(text, 'probe_failure_info'), ({ labels }) => labels.reason);
  return new Map(
    [...valuesOf('probe_success')].map(([check, success]) => [
      check,
      {
        success: success === 1,
        isFresh: ages.get(check) === 0,
        durationSeconds: durations.get(check),
        timeoutSeconds: timeouts.get(check),
        reason: reasons.get(check),
      },
    ]),
  );
}

function byCheck<T>(
  samples: readonly ExposedSample[],
  read: (sample: ExposedSample) => T,
): Map<string, T> {
  return new Map(samples.map((sample) => [sample.labels.check ?? '', read(sample)]));
}

/** Healthy checks that were not executed in this scrape. */
export function staleHealthy(verdicts: ReadonlyMap<string, Verdict>, healthy: number): number {
  const fresh = [...verdicts].filter(([check, { isFresh }]) => isHealthy(check) && isFresh);
  return healthy - fresh.length;
}

/**
 * Checks that are called down in a scrape though nobody had given them their full time: all healthy ones that are, those
 * of which an earlier scrape did not rightly say so, and those that failed before their timeout.
 *
 * @param rightlyDown names of checks that earlier scrapes rightly called down; grows.
 */
export function countWronglyDown(
  verdicts: ReadonlyMap<string, Verdict>,
  rightlyDown: Set<string>,
): number {
  let wrongly = 0;
  for (const [check, verdict] of verdicts) {
    if (verdict.success) continue;
    if (!isHealthy(check) && verdict.isFresh && hadItsTime(verdict)) rightlyDown.add(check);
    else if (isHealthy(check) || verdict.isFresh || !rightlyDown.has(check)) wrongly++;
  }
  return wrongly;
}

function hadItsTime({ reason, durationSeconds = 0, timeoutSeconds = Infinity }: Verdict): boolean {
  return reason === 'timeout' && durationSeconds >= timeoutSeconds - ROUNDING_SECONDS;
}

function isHealthy(check: string): boolean {
  return check.startsWith('healthy ');
}
