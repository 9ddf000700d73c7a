import { hash } from 'node:crypto';
import type { Check } from '../config/check.ts';
import { formatDuration } from '../lib/duration.ts';
import { LimitedCache } from '../lib/limited-cache.ts';
import type { LogFields, Logger } from '../lib/logger.ts';
import { createTokenBucket } from '../lib/token-bucket.ts';
import type { ProbeOutcome } from '../probers/contract.ts';
import type { Executed } from './history.ts';

/** Tells people what happens, one line where a state changes. */
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
/**
 * Lines on targets of `/probe`: whoever asks can name new ones without end. All targets of a site may fail at once, and
 * each is to be told of; for longer than that, a line a second is as much as anybody reads.
 */
const PROBE_LINES = { intervalSeconds: 1, burst: 1000 };

/** @param probeLogger for what is said of `/probe`, with the steps of each probe at level debug. */
export function createOutcomeLog(logger: Logger, probeLogger: Logger): OutcomeLog {
  const verdicts = createVerdicts();
  const lines = createTokenBucket(PROBE_LINES);
  let unsaid = 0;
  return {
    changed: (check, outcome, before) => {
      const about = { check: check.name, target: check.shownTarget || undefined };
      if (isNews(outcome, before?.success)) tell(logger, 'check', about, outcome);
    },
    probed: ({ module, target, outcome }) => {
      const about = { module: module.name, target: target.slice(0, MAX_TARGET) || undefined };
      for (const { message, fields } of outcome.log) {
        probeLogger.debug(message, { ...about, ...fields });
      }
      const before = verdicts.replace(`${module.name} ${target}`, outcome.success);
      if (!isNews(outcome, before)) return;
      if (lines.take() > 0) {
        unsaid++;
        return;
      }
      tell(probeLogger, 'probe', { ...about, others_unsaid: unsaid || undefined }, outcome);
      unsaid = 0;
    },
    troubled: createTroubleLog(logger),
  };
}

/** That something is healthy from the beginning is none. */
function isNews({ success }: ProbeOutcome, before: boolean | undefined): boolean {
  return success ? before === false : before !== false;
}

function tell(
  logger: Logger,
  what: 'check' | 'probe',
  about: LogFields,
  { failure, durationSeconds }: ProbeOutcome,
): void {
  const fields = { ...about, duration: formatDuration(durationSeconds) };
  if (failure) {
    const { reason, message } = failure;
    logger.warn(`✗ ${what} fails`, { ...fields, reason, message });
  } else logger.info(`✓ ${what} is healthy again`, fields);
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
