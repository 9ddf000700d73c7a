import pLimit from 'p-limit';
import type { Check, CheckView, Config } from '../config/check.ts';
import type { ProbeOutcome } from '../probers/contract.ts';
import { createFlights } from './flights.ts';
import { createOnDemand, type OnDemand } from './on-demand.ts';
import { createPacer } from './pacer.ts';
import { type Deadline, type Finding, type PlannedCheck, type Run, startRun } from './run.ts';

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
  /** Something that is no fault of a target: this process is out of descriptors, a listener threw. */
  readonly troubled: (error: unknown) => void;
}

/** For who wants to hear nothing. */
export const SILENT_LISTENER: EngineListener = {
  executed: () => {},
  skipped: () => {},
  shared: () => {},
  changed: () => {},
  troubled: () => {},
};

/** What one scrape asks for. */
export interface ScrapeRequest {
  readonly deadline: Deadline;
  /** Which checks; all where absent. */
  readonly select?: ((check: Check) => boolean) | undefined;
  /** Fires when the asker is gone. */
  readonly signal: AbortSignal;
  /** Fires when the asker takes what there is, before its deadline. */
  readonly lastCall?: AbortSignal;
}

/** Runs the checks of the configuration in force, and probes on demand. */
export interface Engine {
  /** Swaps the configuration: scrapes in flight end with the old one, what is known of kept checks stays. */
  readonly configure: (config: Config) => void;
  /**
   * Runs the checks, or joins a run in flight that covers them, and says what there is when the run or the deadline
   * is over. `undefined` where the asker left before.
   */
  readonly scrape: (request: ScrapeRequest) => Promise<readonly CheckView[] | undefined>;
  /** What a scrape would say of every check if it could execute none: reading it starts nothing. */
  readonly known: () => readonly CheckView[];
  /** Executes one probe that is no check's. */
  readonly probe: OnDemand['probe'];
  /** Probes being executed right now. */
  readonly inFlight: () => number;
  readonly config: () => Config;
}

/** Makes the one engine behind `/metrics` and the command line. */
export function createEngine(initial: Config, listener: EngineListener): Engine {
  const pacer = createPacer();
  const limit = pLimit(initial.concurrency);
  loadProbers(initial);
  const last = new Map<string, Finding>();
  const runs = new Set<Run>();
  let config = initial;
  let configured = new Set(initial.checks);

  const remember = (check: Check, finding: Finding, queueSeconds: number) => {
    // A check of a configuration that is no longer in force leaves nothing behind.
    if (!configured.has(check)) return;
    const { outcome } = finding;
    const before = last.get(check.identity)?.outcome;
    last.set(check.identity, finding);
    tell(() => {
      listener.executed(check, outcome, queueSeconds);
      if (before?.success !== outcome.success) listener.changed(check, outcome, before);
    });
  };

  /** A listener that throws costs nobody a verdict. */
  const tell = (what: () => void) => {
    try {
      what();
    } catch (error) {
      listener.troubled(error);
    }
  };

  const flights = createFlights({ limit, pacer, landed: remember, troubled: listener.troubled });
  const onDemand = createOnDemand(pacer, listener.troubled);
  const beginRun = (checks: readonly Check[], deadline: Deadline): Run => {
    const planned = checks.map((check) => plan(check, deadline, last.get(check.identity)));
    const run = startRun(planned, deadline, {
      execute: flights.execute,
      concurrency: () => limit.concurrency,
      startSeconds: pacer.turnSeconds,
    });
    runs.add(run);
    void run.finished.then(() => runs.delete(run));
    return run;
  };

  return {
    configure: (next) => {
      loadProbers(next);
      config = next;
      configured = new Set(next.checks);
      limit.concurrency = next.concurrency;
      const kept = new Set(next.checks.map(({ identity }) => identity));
      for (const identity of last.keys()) {
        if (!kept.has(identity)) last.delete(identity);
      }
    },
    scrape: async ({ deadline, select, signal, lastCall }) => {
      const { checks: all, maxResultAgeSeconds } = config;
      const checks = select ? all.filter(select) : all;
      const askedAt = performance.now();
      const shared = [...runs].find((run) => run.serves(checks, deadline));
      if (shared) tell(listener.shared);
      const run = shared ?? beginRun(checks, deadline);
      const served = await run.wait(checks, deadline.endSeconds, { signal, lastCall });
      if (!served) return undefined;
      const now = performance.now();
      return checks.map((check) => {
        const found = run.findings.get(check);
        if (!found) tell(() => listener.skipped(check));
        return viewOf(check, found ?? last.get(check.identity), {
          fresh: found !== undefined,
          askedAt,
          now,
          maxResultAgeSeconds,
        });
      });
    },
    known: () => {
      const { checks, maxResultAgeSeconds } = config;
      const now = performance.now();
      const terms = { fresh: false, askedAt: now, now, maxResultAgeSeconds };
      return checks.map((check) => viewOf(check, last.get(check.identity), terms));
    },
    probe: onDemand.probe,
    inFlight: () => flights.count() + onDemand.count(),
    config: () => config,
  };
}

function loadProbers({ checks }: Config): void {
  for (const { prober, options } of new Set(checks.map(({ module }) => module))) {
    prober.load?.(options as never);
  }
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
