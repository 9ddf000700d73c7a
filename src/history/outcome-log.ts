import { hash } from 'node:crypto';
import type { Check } from '../config/check.ts';
import { formatDuration } from '../lib/duration.ts';
import { LimitedCache } from '../lib/limited-cache.ts';
import type { LogFields, Logger } from '../lib/logger.ts';
import type { ProbeOutcome } from '../probers/contract.ts';
import type { Executed } from './history.ts';

/** Tells people what happens, one line where a state changes: that something is healthy from the beginning is no news. */
export interface OutcomeLog {
  /** A check's verdict differs from its last one, or it was executed for the first time. */
  readonly changed: (check: Check, outcome: ProbeOutcome, before: ProbeOutcome | undefined) => void;
  /** Somebody asked `/probe`. */
  readonly probed: (executed: Executed) => void;
  /** This process itself is out of something. */
  readonly troubled: (error: unknown) => void;
}

/** Whoever asks chooses the target, and may choose thousands of characters. As long as any other text of a probe. */
const MAX_TARGET = 1024;

/** @param probeLogger for what is said of `/probe`, with the steps of each probe at level debug. */
export function createOutcomeLog(logger: Logger, probeLogger: Logger): OutcomeLog {
  const verdicts = createVerdicts();
  return {
    changed: (check, outcome, before) => {
      const about = { check: check.name, target: check.shownTarget || undefined };
      tell(logger, 'check', about, outcome, before?.success);
    },
    probed: ({ module, target, outcome }) => {
      const about = { module: module.name, target: target.slice(0, MAX_TARGET) || undefined };
      for (const { message, fields } of outcome.log) {
        probeLogger.debug(message, { ...about, ...fields });
      }
      const before = verdicts.replace(`${module.name} ${target}`, outcome.success);
      if (before !== outcome.success) tell(probeLogger, 'probe', about, outcome, before);
    },
    troubled: createTroubleLog(logger),
  };
}

function tell(
  logger: Logger,
  what: 'check' | 'probe',
  about: LogFields,
  { failure, durationSeconds }: ProbeOutcome,
  before: boolean | undefined,
): void {
  const fields = { ...about, duration: formatDuration(durationSeconds) };
  if (failure) {
    const { reason, message } = failure;
    logger.warn(`✗ ${what} fails`, { ...fields, reason, message });
  } else if (before === false) logger.info(`✓ ${what} is healthy again`, fields);
}

/** Some megabytes, however many targets come and go, and however long they are. */
const MAX_VERDICTS = 20_000;

/** The last verdict of every target; of too many, those that were not asked about for longest are forgotten. */
function createVerdicts() {
  const verdicts = new LimitedCache<string, boolean>(MAX_VERDICTS);
  return {
    replace: (subject: string, success: boolean): boolean | undefined => {
      // What stands for all of it, for a target may be thousands of characters long.
      const name = hash('sha256', subject, 'base64');
      const before = verdicts.find(name);
      verdicts.set(name, success);
      return before;
    },
  };
}

const TROUBLE_PAUSE_MS = 10_000;

/** Trouble comes in hundreds: one line in ten seconds says it. */
function createTroubleLog(logger: Logger): (error: unknown) => void {
  let quietUntil = 0;
  return (error) => {
    const now = performance.now();
    if (now < quietUntil) return;
    quietUntil = now + TROUBLE_PAUSE_MS;
    logger.error('the exporter itself is in trouble, checks are skipped', { error: String(error) });
  };
}
