import { describe, expect, test, vi } from 'vitest';
import type { Check, CheckView } from '../../src/config/check.ts';
import { createEngine, SILENT_LISTENER } from '../../src/engine/engine.ts';
import type { ProbeOutcome } from '../../src/probers/contract.ts';
import { makeCheck, makeConfig, takes } from '../support/checks.ts';
import { useFakeClock } from '../support/fake-clock.ts';
import { fc } from '../support/property.ts';
import { searchOf } from '../support/property-runs.ts';

/** A made-up target: how long its probe takes, always the same, and how long it is given. */
interface Target {
  readonly seconds: number;
  readonly timeoutSeconds: number;
}

interface World {
  readonly targets: readonly Target[];
  readonly concurrency: number;
  readonly budgetSeconds: number;
  /** How long a verdict is repeated. */
  readonly maxResultAgeSeconds: number;
}

const seconds = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 50 }).map((ms) => ms / 1000) },
  { weight: 1, arbitrary: fc.integer({ min: 50, max: 4000 }).map((ms) => ms / 1000) },
  { weight: 2, arbitrary: fc.constant(Infinity) },
);
const world: fc.Arbitrary<World> = fc.record({
  targets: fc.array(
    fc.record({
      seconds,
      timeoutSeconds: fc.integer({ min: 5, max: 80 }).map((tenths) => tenths / 10),
    }),
    { minLength: 1, maxLength: 40 },
  ),
  concurrency: fc.integer({ min: 1, max: 12 }),
  budgetSeconds: fc.integer({ min: 5, max: 100 }).map((tenths) => tenths / 10),
  maxResultAgeSeconds: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant(1e6)),
});

/** Room for late starts, as a scrape of Prometheus leaves it with the default offset. */
const WINDOW_SECONDS = 0.25;
const SCRAPES = 25;
const { limitMs, search } = searchOf(150, 600);
/** Quick checks fit where their last durations, with some room, fill at most this part of the places they get. */
const FILLED = 0.9;
const ROOM = 1.5;

describe('the order of checks, for random checks, durations, budgets and limits', () => {
  useFakeClock();

  test('the limit holds, down is only said after T, quick checks are fresh, the rest take turns', {
    timeout: 2 * limitMs,
  }, async () => {
    await search(fc.asyncProperty(world, live));
  });
});

/** Scrapes one world again and again and checks the promises after every scrape. */
async function live(world: World): Promise<void> {
  const { targets, concurrency, budgetSeconds, maxResultAgeSeconds } = world;
  const gauge = { now: 0, most: 0 };
  const checks = targets.map(({ seconds: duration, timeoutSeconds }, index) =>
    makeCheck(`check ${index}`, counted(takes(duration), gauge), { timeoutSeconds }),
  );
  const memory = createMemory(maxResultAgeSeconds);
  const engine = createEngine(
    makeConfig(checks, { concurrency, maxResultAgeSeconds }),
    memory.listener,
  );
  const deadline = { timeoutCapSeconds: budgetSeconds, endSeconds: budgetSeconds + WINDOW_SECONDS };
  const history = createHistory(world);

  for (let scrape = 0; scrape < SCRAPES; scrape++) {
    memory.begin();
    const asked = engine.scrape({ deadline, signal: new AbortController().signal });
    await vi.advanceTimersByTimeAsync(deadline.endSeconds * 1000 + 1);
    const views = await asked;
    expect(views).toHaveLength(targets.length);
    history.judge(views ?? []);
    memory.judge(views ?? []);
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect(gauge.most).toBeLessThanOrEqual(concurrency);
}

function counted(behaviour: ReturnType<typeof takes>, gauge: { now: number; most: number }) {
  return (context: Parameters<typeof behaviour>[0]) => {
    gauge.now++;
    gauge.most = Math.max(gauge.most, gauge.now);
    context.signal.addEventListener('abort', () => gauge.now--);
    return behaviour(context);
  };
}

/** What a check's last executed run said, and when. */
interface Verdict {
  readonly outcome: ProbeOutcome;
  readonly at: number;
}

/**
 * Remembers what the engine said of every run, and compares what a scrape shows of checks that it did not execute: the
 * last verdict with its age, as long as it is young enough, and nothing of those never executed.
 */
function createMemory(maxResultAgeSeconds: number) {
  const verdicts = new Map<Check, Verdict>();
  const executed: Check[] = [];
  const skipped: Check[] = [];
  let askedAt = 0;
  const judgeRepeated = (
    { check, outcome, ageSeconds }: CheckView,
    verdict: Verdict | undefined,
  ) => {
    if (!verdict) return expect([outcome, ageSeconds]).toEqual([undefined, 0]);
    const isYoung = ageSeconds <= maxResultAgeSeconds;
    expect(outcome, `what is repeated of ${check.name}`).toBe(
      isYoung ? verdict.outcome : undefined,
    );
    expect(ageSeconds).toBeGreaterThanOrEqual((askedAt - verdict.at) / 1000);
    expect(ageSeconds).toBeLessThanOrEqual((performance.now() - verdict.at) / 1000);
  };
  return {
    listener: {
      ...SILENT_LISTENER,
      executed: (check: Check, outcome: ProbeOutcome) => {
        executed.push(check);
        verdicts.set(check, { outcome, at: performance.now() });
      },
      skipped: (check: Check) => void skipped.push(check),
    },
    begin: () => {
      executed.length = 0;
      skipped.length = 0;
      askedAt = performance.now();
    },
    judge: (views: readonly CheckView[]) => {
      const [fresh, repeated] = [true, false].map((is) =>
        views.filter((view) => view.fresh === is),
      );
      // Each run is told of once, and each check that had none.
      expect(new Set(executed)).toEqual(new Set(fresh?.map(({ check }) => check)));
      expect(executed).toHaveLength(fresh?.length ?? 0);
      expect(skipped).toEqual(repeated?.map(({ check }) => check));
      for (const { check, outcome, ageSeconds } of fresh ?? []) {
        expect([outcome, ageSeconds]).toEqual([verdicts.get(check)?.outcome, 0]);
      }
      for (const view of repeated ?? []) judgeRepeated(view, verdicts.get(view.check));
    },
  };
}

/** Remembers what every scrape showed and compares it with what was promised. */
function createHistory({ targets, concurrency, budgetSeconds }: World) {
  const last = new Map<number, number>();
  const waited = targets.map(() => 0);
  let mostRest = 0;
  let fewestSlots = Infinity;

  const isQuick = (_target: Target, index: number) => {
    const duration = last.get(index);
    return duration !== undefined && duration < givenTo(targets[index] as Target) / 10;
  };
  const givenTo = ({ timeoutSeconds }: Target) => Math.min(timeoutSeconds, budgetSeconds);

  const judgeVerdict = ({ outcome, fresh }: CheckView, target: Target) => {
    if (!fresh || !outcome) return;
    const given = givenTo(target);
    // What is done within a millisecond of the end of its time may be said to be either: a timer that comes early by the
    // rounding of its clock waits for another millisecond. Every time here is a multiple of one.
    const isTie = Math.abs(target.seconds - given) < 0.0015;
    if (!isTie) expect(outcome.success).toBe(target.seconds < given);
    if (outcome.failure) {
      expect(outcome.failure.reason).toBe('timeout');
      expect(outcome.durationSeconds).toBeGreaterThanOrEqual(given);
      expect(target.seconds).toBeGreaterThanOrEqual(given);
    }
  };

  return {
    judge: (views: readonly CheckView[]) => {
      const quick = [...targets.keys()].filter((index) => isQuick(targets[index] as Target, index));
      const work = ROOM * quick.reduce((sum, index) => sum + (last.get(index) ?? 0), 0);
      const slots = concurrency - Math.ceil(work / (FILLED * (budgetSeconds + WINDOW_SECONDS)));
      mostRest = Math.max(mostRest, targets.length - quick.length);
      fewestSlots = Math.min(fewestSlots, slots);
      for (const [index, view] of views.entries()) {
        judgeVerdict(view, targets[index] as Target);
        if (view.fresh && view.outcome) {
          last.set(index, view.outcome.durationSeconds);
          waited[index] = 0;
        } else {
          waited[index] = (waited[index] ?? 0) + 1;
        }
      }
      if (slots >= 0) {
        for (const index of quick) expect(views[index]?.fresh, `quick check ${index}`).toBe(true);
      }
      if (fewestSlots > 0) {
        const bound = Math.ceil(mostRest / fewestSlots) + 1;
        expect(Math.max(...waited), 'scrapes that somebody waited').toBeLessThanOrEqual(bound);
      }
    },
  };
}
