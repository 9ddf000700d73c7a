import type { LimitFunction } from 'p-limit';
import type { Check } from '../config/check.ts';
import type { ProbeOutcome } from '../probers/contract.ts';
import { type Candidate, planScrape } from './plan.ts';
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

/** Starts one check and tells what it found out, or `undefined` when it was cut off. Never rejects. */
export type Execute = (
  planned: PlannedCheck,
  run: Pick<Run, 'startedAt' | 'signal'>,
) => Promise<Finding | undefined>;

/** One pass over some checks, shared by everybody who asks while it is under way. */
export interface Run {
  readonly checks: ReadonlySet<Check>;
  readonly findings: ReadonlyMap<Check, Finding>;
  /** In milliseconds of the monotonic clock. */
  readonly startedAt: number;
  /** Whether a new asker may join: as long as the first one waits at most, or no run of a busy pair would ever end. */
  readonly joinable: () => boolean;
  /** Fires when nobody waits any longer. */
  readonly signal: AbortSignal;
  /**
   * Waits for some of its checks, until the asker's own deadline at the latest.
   *
   * @returns whether the asker was served: false when its own signal ended the waiting.
   */
  readonly wait: (
    checks: readonly Check[],
    endSeconds: number,
    asker: AbortSignal,
  ) => Promise<boolean>;
  /** Resolves when every check is executed or given up. */
  readonly finished: Promise<{ readonly abandoned: boolean }>;
}

const MAX_TIMER_MS = 2 ** 31 - 1;

/** Plans and starts a run. It lives as long as somebody waits for it. */
export function startRun(
  planned: readonly PlannedCheck[],
  { endSeconds }: Deadline,
  { limit, execute }: { limit: LimitFunction; execute: Execute },
): Run {
  const controller = new AbortController();
  const { signal } = controller;
  const startedAt = performance.now();
  const findings = new Map<Check, Finding>();
  const settling = createSettling<Check>();
  const joinableUntil = startedAt + endSeconds * 1000;
  let endsAt = joinableUntil;
  let askers = 0;
  let served = false;

  // A probe that will not be done in time is not begun: it would tell nothing and cost its target a connection.
  const isWorthBeginning = ({ lastDurationSeconds = 0 }: PlannedCheck) =>
    !signal.aborted && lastDurationSeconds * 1000 <= endsAt - performance.now();
  const executeOne = async (candidate: PlannedCheck) => {
    const { check } = candidate;
    if (isWorthBeginning(candidate)) {
      const finding = await execute(candidate, { startedAt, signal });
      if (finding) findings.set(check, finding);
    }
    settling.settle(check);
  };
  const plan = planScrape(planned, { concurrency: limit.concurrency, endSeconds });
  const work = dispatch(plan, limit, executeOne);

  return {
    checks: new Set(planned.map(({ check }) => check)),
    findings,
    startedAt,
    signal,
    joinable: () => !signal.aborted && performance.now() < joinableUntil,
    wait: async (checks, end, asker) => {
      askers++;
      endsAt = Math.max(endsAt, performance.now() + end * 1000);
      const reason = await firstOf(settling.all(checks), end, asker);
      askers--;
      if (reason !== 'left') served = true;
      if (askers === 0) controller.abort();
      return reason !== 'left';
    },
    finished: work.then(() => ({ abandoned: !served && signal.aborted })),
  };
}

/**
 * Hands the checks to the limit in the order of the plan. The rest goes through lanes, each handing over one check at
 * a time, so that it never holds more slots than its lanes.
 */
async function dispatch(
  { quick, rest, restFirst, restLanes }: ReturnType<typeof planScrape<PlannedCheck>>,
  limit: LimitFunction,
  executeOne: (candidate: PlannedCheck) => Promise<void>,
): Promise<void> {
  const queue = rest.values();
  const lane = async () => {
    for (const candidate of queue) await limit(executeOne, candidate);
  };
  const lanes = (count: number) =>
    Promise.all(Array.from({ length: Math.min(count, rest.length) }, lane));
  const quickOnes = () => Promise.all(quick.map((candidate) => limit(executeOne, candidate)));

  if (!restFirst) {
    await Promise.all([quickOnes(), lanes(restLanes)]);
    return;
  }
  const first = lanes(restLanes);
  await quickOnes();
  // What the quick ones no longer need is the rest's as well.
  await Promise.all([first, lanes(limit.concurrency - restLanes)]);
}

function firstOf(
  done: Promise<void>,
  endSeconds: number,
  asker: AbortSignal,
): Promise<'finished' | 'deadline' | 'left'> {
  return new Promise((resolve) => {
    const end = (reason: 'finished' | 'deadline' | 'left') => {
      clearTimeout(timer);
      asker.removeEventListener('abort', onLeft);
      resolve(reason);
    };
    const onLeft = () => end('left');
    const timer = setTimeout(() => end('deadline'), Math.min(endSeconds * 1000, MAX_TIMER_MS));
    if (asker.aborted) return onLeft();
    asker.addEventListener('abort', onLeft, { once: true });
    void done.then(() => end('finished'));
  });
}
