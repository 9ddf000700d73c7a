import { describe, expect, test, vi } from 'vitest';
import type { Check, CheckView } from '../../src/config/check.ts';
import { createEngine, type Engine, SILENT_LISTENER } from '../../src/engine/engine.ts';
import type { ProbeOutcome } from '../../src/probers/contract.ts';
import { type Behaviour, makeCheck, makeConfig, takes } from '../support/checks.ts';
import { useFakeClock } from '../support/fake-clock.ts';
import { fc } from '../support/property.ts';
import { searchOf } from '../support/property-runs.ts';

/** What happens next. Numbers that choose one of several are taken by their remainder. */
type Event =
  | { readonly kind: 'ask'; readonly chosen: number; readonly tenths: number }
  | { readonly kind: 'leave'; readonly asker: number }
  | { readonly kind: 'wait'; readonly milliseconds: number }
  | { readonly kind: 'reload'; readonly kept: number; readonly concurrency: number };

interface World {
  readonly durations: readonly number[];
  readonly concurrency: number;
  readonly events: readonly Event[];
}

const { limitMs, search } = searchOf(300, 200);

const concurrency = fc.integer({ min: 1, max: 5 });
const milliseconds = fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 30, max: 3000 }));
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    kind: fc.constant('ask'),
    chosen: fc.nat(255),
    tenths: fc.integer({ min: 1, max: 60 }),
  }),
  fc.record({ kind: fc.constant('wait'), milliseconds }),
  fc.record({ kind: fc.constant('leave'), asker: fc.nat(20) }),
  fc.record({ kind: fc.constant('reload'), kept: fc.nat(255), concurrency }),
);
const world: fc.Arbitrary<World> = fc.record({
  durations: fc.array(
    fc.oneof(
      milliseconds.map((ms) => ms / 1000),
      fc.constant(Infinity),
    ),
    { minLength: 1, maxLength: 8 },
  ),
  concurrency,
  events: fc.array(event, { minLength: 1, maxLength: 30 }),
});

describe('askers that come, share runs and leave, while the configuration changes,', () => {
  useFakeClock();

  test('never make more probes than the limit or two of one check, and all have their answer in time', {
    timeout: 2 * limitMs,
  }, async () => {
    await search(fc.asyncProperty(world, live));
  });
});

/** What became of all runs, and which checks a reload took away: of those nothing is told. */
interface Known {
  readonly told: Set<ProbeOutcome>;
  readonly removed: Set<Check>;
}

/** One who asked for some checks. */
interface Asker {
  readonly checks: readonly Check[];
  readonly leave: () => void;
  readonly until: number;
  state: 'waiting' | 'ended';
  /** What was wrong with its answer. */
  problem: unknown;
}

async function live({ durations, concurrency: first, events }: World): Promise<void> {
  const flying = createFlying();
  const known: Known = { told: new Set(), removed: new Set() };
  const checks = durations.map((seconds, index) =>
    makeCheck(`check ${index}`, flying.watch(takes(seconds), index), { timeoutSeconds: 2 }),
  );
  const listener = {
    ...SILENT_LISTENER,
    executed: (_check: Check, outcome: ProbeOutcome) => void known.told.add(outcome),
    troubled: (error: unknown) => {
      throw error;
    },
  };
  const engine = createEngine(makeConfig(checks, { concurrency: first }), listener);
  const askers: Asker[] = [];
  const limits = events.map((next) => (next.kind === 'reload' ? next.concurrency : first));

  for (const next of events) {
    if (next.kind === 'ask') askers.push(ask(engine, next, known));
    else if (next.kind === 'leave') askers[next.asker % Math.max(1, askers.length)]?.leave();
    else if (next.kind === 'wait') await vi.advanceTimersByTimeAsync(next.milliseconds);
    else reload(engine, checks, next, known);
    await vi.advanceTimersByTimeAsync(0);
    if (askers.every(({ state }) => state === 'ended')) {
      expect(flying.count(), 'probes that nobody waits for').toBe(0);
    }
    // Runs that were under way before a reload end with what they hold.
    expect(flying.count()).toBeLessThanOrEqual(Math.max(first, ...limits));
    expect(flying.mostOfOne(), 'probes of one check at once').toBeLessThanOrEqual(1);
  }
  await vi.advanceTimersByTimeAsync(7000);
  expect(askers.flatMap(({ problem }) => problem ?? [])).toEqual([]);
  expect(askers.filter(({ state }) => state === 'waiting')).toEqual([]);
  expect([flying.count(), engine.inFlight()], 'probes that nobody waits for').toEqual([0, 0]);
}

function reload(
  engine: Engine,
  checks: readonly Check[],
  { kept, concurrency }: { kept: number; concurrency: number },
  { removed }: Known,
): void {
  const next = checks.filter((_, index) => (kept >> index) & 1);
  for (const check of checks) if (!next.includes(check)) removed.add(check);
  engine.configure(makeConfig(next, { concurrency }));
}

function ask(
  engine: Engine,
  { chosen, tenths }: { chosen: number; tenths: number },
  known: Known,
): Asker {
  const gone = new AbortController();
  const seconds = tenths / 10;
  const isChosen = (_: Check, index: number) => ((chosen >> index) & 1) === 1;
  const checks = engine.config().checks.filter(isChosen);
  const asker: Asker = {
    checks,
    leave: () => gone.abort(),
    until: performance.now() + seconds * 1000,
    state: 'waiting',
    problem: undefined,
  };
  const deadline = { timeoutCapSeconds: seconds * 0.9, endSeconds: seconds };
  const select = (check: Check) => checks.includes(check);
  const judge = (views: readonly CheckView[] | undefined) => {
    asker.state = 'ended';
    if (views) expectAnswer(asker, views, known);
    else expect(gone.signal.aborted, 'one without an answer has hung up').toBe(true);
  };
  engine
    .scrape({ deadline, select, signal: gone.signal })
    .then(judge)
    .catch((problem: unknown) => {
      asker.problem = problem;
    });
  return asker;
}

function expectAnswer(
  { checks, until }: Asker,
  views: readonly CheckView[],
  { told, removed }: Known,
): void {
  // A turn of the event loop may pass between the deadline and the answer.
  expect(performance.now()).toBeLessThanOrEqual(until + 2);
  expect(views.map(({ check }) => check)).toEqual(checks);
  for (const { check, fresh, outcome } of views) {
    if (!fresh || !outcome || removed.has(check)) continue;
    expect(told.has(outcome), 'what is shown as executed was told of').toBe(true);
  }
}

/** Which probes are in flight: begun, and their signal not fired. */
function createFlying() {
  const now = new Map<number, number>();
  let most = 0;
  const add = (index: number, more: number) => {
    now.set(index, (now.get(index) ?? 0) + more);
    most = Math.max(most, now.get(index) ?? 0);
  };
  return {
    watch:
      (behaviour: Behaviour, index: number): Behaviour =>
      (context) => {
        add(index, 1);
        context.signal.addEventListener('abort', () => add(index, -1));
        return behaviour(context);
      },
    count: () => [...now.values()].reduce((sum, each) => sum + each, 0),
    mostOfOne: () => most,
  };
}
