import type { Check } from '../config/check.ts';
import { timerMs } from '../lib/timer.ts';
import type { ProbeOutcome } from '../probers/contract.ts';
import { type Candidate, type Plan, planScrape } from './plan.ts';
import { createSettling } from './settling.ts';

/** How long a scrape may take, in seconds from its start. Both infinite where nobody set a deadline. */
export interface Deadline {
  /** No check's T is longer than this. */
  readonly timeoutCapSeconds: number;
  /** When the asker takes what there is. A little later than the cap, so that starts have time to begin. */
  readonly endSeconds: number;
}

/** A check as this run plans it. */
export interface PlannedCheck extends Candidate {
  readonly check: Check;
}

/** What an executed probe found out, and when. */
export interface Finding {
  readonly outcome: ProbeOutcome;
  /** In milliseconds of the monotonic clock. */
  readonly finishedAt: number;
}

/** What a probe of a run needs to know of it. */
export interface RunTerms {
  /** In milliseconds of the monotonic clock. */
  readonly startedAt: number;
  /** Fires when nobody waits any longer. */
  readonly signal: AbortSignal;
  /** Resolves when it has fired. */
  readonly over: Promise<void>;
  /** Whether a probe that begins now can be done before the last asker leaves, as far as its last run tells. */
  readonly isWorthBeginning: (planned: PlannedCheck) => boolean;
}

/**
 * Executes one check as soon as the limit allows and tells what it found out, or `undefined` when it was cut off or
 * never begun. Takes its place in the queue at once, before it returns.
 */
export type Execute = (planned: PlannedCheck, terms: RunTerms) => Promise<Finding | undefined>;

/** What all runs share. */
export interface Workshop {
  readonly execute: Execute;
  /** Probes that may be in flight at once. */
  readonly concurrency: () => number;
  /** What starting a probe takes, in seconds. */
  readonly startSeconds: () => number;
}

/** What may end the waiting of an asker before its time. */
export interface Asker {
  /** Fires when it is gone. */
  readonly signal: AbortSignal;
  /** Fires when it takes what there is. */
  readonly lastCall?: AbortSignal | undefined;
}

/** One pass over some checks, shared by everybody who asks while it is under way. */
export interface Run {
  readonly findings: ReadonlyMap<Check, Finding>;
  /**
   * Whether an asker may join: the run covers its checks and gives them as much time; and it is not older than its
   * first asker waits at most, or no run of a busy pair of askers would ever end.
   */
  readonly serves: (checks: readonly Check[], deadline: Deadline) => boolean;
  /**
   * Waits for some of its checks, until the asker's own deadline at the latest.
   *
   * @returns whether the asker was served: false when its signal ended the waiting.
   */
  readonly wait: (checks: readonly Check[], endSeconds: number, asker: Asker) => Promise<boolean>;
  /** Resolves when every check is executed or given up. */
  readonly finished: Promise<void>;
}

/** Plans and starts a run. It lives as long as somebody waits for it. */
export function startRun(
  planned: readonly PlannedCheck[],
  { endSeconds, timeoutCapSeconds }: Deadline,
  { execute, concurrency, startSeconds }: Workshop,
): Run {
  const { signal, abort, over } = createEnd();
  const startedAt = performance.now();
  const covered = new Set(planned.map(({ check }) => check));
  const findings = new Map<Check, Finding>();
  const settling = createSettling<Check>();
  const joinableUntil = startedAt + endSeconds * 1000;
  let endsAt = joinableUntil;
  let askers = 0;

  const terms: RunTerms = {
    startedAt,
    signal,
    over,
    // Of a last run under a longer T only as much counts as it may take now.
    isWorthBeginning: ({ lastDurationSeconds = 0, timeoutSeconds }) =>
      !signal.aborted &&
      Math.min(lastDurationSeconds, timeoutSeconds) * 1000 <= endsAt - performance.now(),
  };
  const executeOne = async (candidate: PlannedCheck) => {
    const finding = await execute(candidate, terms);
    if (finding) findings.set(candidate.check, finding);
    settling.settle(candidate.check);
  };
  const plan = planScrape(planned, {
    concurrency: concurrency(),
    endSeconds,
    startSeconds: startSeconds(),
  });

  return {
    findings,
    serves: (checks, deadline) =>
      !signal.aborted &&
      performance.now() < joinableUntil &&
      deadline.timeoutCapSeconds <= timeoutCapSeconds &&
      checks.every((check) => covered.has(check)),
    wait: async (checks, end, asker) => {
      askers++;
      endsAt = Math.max(endsAt, performance.now() + end * 1000);
      const served = await firstOf(settling.all(checks), end, asker);
      askers--;
      if (askers === 0) abort();
      return served;
    },
    finished: dispatch(plan, concurrency(), executeOne),
  };
}

function createEnd(): { signal: AbortSignal; abort: () => void; over: Promise<void> } {
  const controller = new AbortController();
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const abort = () => {
    controller.abort();
    resolve();
  };
  return { signal: controller.signal, abort, over };
}

/** Executes the checks in the order of the plan. A lane executes one check of the rest at a time. */
async function dispatch(
  { quick, rest, restLanes }: Plan<PlannedCheck>,
  concurrency: number,
  executeOne: (candidate: PlannedCheck) => Promise<void>,
): Promise<void> {
  const queue = rest.values();
  const lane = async () => {
    for (const candidate of queue) await executeOne(candidate);
  };
  const lanes = (count: number) =>
    Promise.all(Array.from({ length: Math.min(count, rest.length) }, lane));

  const first = lanes(restLanes);
  const quickOnes = Promise.all(quick.map(executeOne));
  if (restLanes > 0) await quickOnes;
  // What the quick ones no longer need is the rest's as well.
  await Promise.all([first, quickOnes, lanes(concurrency - restLanes)]);
}

/** Resolves to whether the asker stayed until it was done or its time was over. */
function firstOf(
  done: Promise<void>,
  endSeconds: number,
  { signal, lastCall }: Asker,
): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (stayed: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onLeft);
      lastCall?.removeEventListener('abort', onTime);
      resolve(stayed);
    };
    const onLeft = () => end(false);
    const onTime = () => end(true);
    const timer = setTimeout(onTime, timerMs(endSeconds));
    if (signal.aborted) return onLeft();
    if (lastCall?.aborted) return onTime();
    signal.addEventListener('abort', onLeft, { once: true });
    lastCall?.addEventListener('abort', onTime, { once: true });
    void done.then(onTime);
  });
}
