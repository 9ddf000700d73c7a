import pLimit from 'p-limit';
import type { Check, CheckView, Config } from '../config/check.ts';
import type { ProbeOutcome } from '../probers/contract.ts';
import { executeProbe } from './envelope.ts';
import { createPacer } from './pacer.ts';
import {
  type Deadline,
  type Execute,
  type Finding,
  type PlannedCheck,
  type Run,
  startRun,
} from './run.ts';

/** Told what happens, once per executed run however many scrapes share it. */
export interface EngineListener {
  /** `queueSeconds`: between the scrape's start and the probe's. */
  readonly executed: (check: Check, outcome: ProbeOutcome, queueSeconds: number) => void;
  /** A scrape ended before this check had its time. */
  readonly skipped: (check: Check) => void;
  /** A scrape joined a run in flight. */
  readonly shared: () => void;
  /** `before` is absent where the check was executed for the first time. */
  readonly changed: (check: Check, outcome: ProbeOutcome, before: ProbeOutcome | undefined) => void;
}

/** What one scrape asks for. */
export interface ScrapeRequest {
  readonly deadline: Deadline;
  /** Which checks; all where absent. */
  readonly select?: ((check: Check) => boolean) | undefined;
  /** Fires when the asker is gone. */
  readonly signal: AbortSignal;
}

/** Runs the checks of the configuration in force. */
export interface Engine {
  /** Swaps the configuration: scrapes in flight end with the old one, what is known of kept checks stays. */
  readonly configure: (config: Config) => void;
  /**
   * Runs the checks, or joins a run in flight that covers them, and says what there is when the run or the deadline
   * is over. `undefined` where the asker left before.
   */
  readonly scrape: (request: ScrapeRequest) => Promise<readonly CheckView[] | undefined>;
  /** Probes being executed right now. */
  readonly inFlight: () => number;
  readonly config: () => Config;
}

/** Makes the one engine behind `/metrics` and the command line. */
export function createEngine(initial: Config, listener: EngineListener): Engine {
  const pacer = createPacer();
  const limit = pLimit(initial.concurrency);
  const flights = new Map<string, Promise<Finding | undefined>>();
  const last = new Map<string, Finding>();
  const runs = new Set<Run>();
  let config = initial;
  let known = identities(initial);

  /** Runs a check unless another run has it in flight already; then that one's outcome serves both. */
  const execute: Execute = async (planned, run) => {
    const { identity } = planned.check;
    await pacer.turn();
    for (let other = flights.get(identity); other; other = flights.get(identity)) {
      const finding = await other;
      if (finding) return finding;
    }
    if (run.signal.aborted) return undefined;
    const flight = fly(planned, run);
    flights.set(identity, flight);
    const finding = await flight;
    flights.delete(identity);
    return finding;
  };

  const fly: Execute = async ({ check, timeoutSeconds }, run) => {
    const queueSeconds = (performance.now() - run.startedAt) / 1000;
    const { prober, options } = check.module;
    const job = { prober, options, target: check.target };
    const outcome = await executeProbe(job, timeoutSeconds, run.signal);
    if (!outcome) return undefined;
    const finding = { outcome, finishedAt: performance.now() };
    // A check that a reload has removed meanwhile leaves nothing behind.
    if (known.has(check.identity)) remember(check, finding, queueSeconds);
    return finding;
  };

  const remember = (check: Check, finding: Finding, queueSeconds: number) => {
    const { outcome } = finding;
    const before = last.get(check.identity)?.outcome;
    last.set(check.identity, finding);
    listener.executed(check, outcome, queueSeconds);
    if (before?.success !== outcome.success) listener.changed(check, outcome, before);
  };

  const begin = (checks: readonly Check[], deadline: Deadline): Run => {
    const planned = checks.map((check) => plan(check, deadline, last.get(check.identity)));
    const run = startRun(planned, deadline, { limit, execute });
    runs.add(run);
    void run.finished.then(({ abandoned }) => {
      runs.delete(run);
      if (abandoned) return;
      for (const check of run.checks) {
        if (!run.findings.has(check) && known.has(check.identity)) listener.skipped(check);
      }
    });
    return run;
  };

  const joinable = (checks: readonly Check[]): Run | undefined =>
    [...runs].find((run) => run.joinable() && checks.every((check) => run.checks.has(check)));

  return {
    configure: (next) => {
      config = next;
      known = identities(next);
      limit.concurrency = next.concurrency;
      for (const identity of last.keys()) {
        if (!known.has(identity)) last.delete(identity);
      }
    },
    scrape: async ({ deadline, select, signal }) => {
      const { checks: all, maxResultAgeSeconds } = config;
      const checks = select ? all.filter(select) : all;
      const askedAt = performance.now();
      const shared = joinable(checks);
      if (shared) listener.shared();
      const run = shared ?? begin(checks, deadline);
      const served = await run.wait(checks, deadline.endSeconds, signal);
      if (!served) return undefined;
      const now = performance.now();
      return checks.map((check) => {
        const found = run.findings.get(check);
        return viewOf(check, found ?? last.get(check.identity), {
          fresh: found !== undefined,
          askedAt,
          now,
          maxResultAgeSeconds,
        });
      });
    },
    inFlight: () => flights.size,
    config: () => config,
  };
}

function identities({ checks }: Config): ReadonlySet<string> {
  return new Set(checks.map(({ identity }) => identity));
}

function plan(
  check: Check,
  { timeoutCapSeconds }: Deadline,
  finding: Finding | undefined,
): PlannedCheck {
  return {
    check,
    timeoutSeconds: Math.min(check.timeoutSeconds, timeoutCapSeconds),
    lastDurationSeconds: finding?.outcome.durationSeconds,
    lastRunAt: finding?.finishedAt ?? -Infinity,
  };
}

/**
 * Shows what this scrape found out, or else the last verdict while it is young enough. Its age is 0 unless it was
 * known before the scrape asked.
 */
function viewOf(
  check: Check,
  finding: Finding | undefined,
  { fresh, askedAt, now, maxResultAgeSeconds }: ViewTerms,
): CheckView {
  if (!finding) return { check, outcome: undefined, fresh, ageSeconds: 0 };
  const ageSeconds = finding.finishedAt >= askedAt ? 0 : (now - finding.finishedAt) / 1000;
  const outcome = fresh || ageSeconds <= maxResultAgeSeconds ? finding.outcome : undefined;
  return { check, outcome, fresh, ageSeconds };
}

/** Times in milliseconds of the monotonic clock, but for the limit in seconds. */
interface ViewTerms {
  readonly fresh: boolean;
  readonly askedAt: number;
  readonly now: number;
  readonly maxResultAgeSeconds: number;
}
