import { describe, expect, test, vi } from 'vitest';
import type { Check, CheckView } from '../../src/config/check.ts';
import { createEngine, type Engine, type EngineListener } from '../../src/engine/engine.ts';
import type { Behaviour } from '../support/checks.ts';
import { makeCheck, makeConfig, takes } from '../support/checks.ts';
import { useFakeClock } from '../support/fake-clock.ts';

const DEADLINE = { timeoutCapSeconds: 2.5, endSeconds: 2.75 };
const UNHURRIED = { timeoutCapSeconds: Infinity, endSeconds: Infinity };

function scrape(
  engine: Engine,
  {
    deadline = DEADLINE,
    select,
    signal = new AbortController().signal,
  }: Partial<Parameters<Engine['scrape']>[0]> = {},
) {
  return engine.scrape({ deadline, select, signal });
}

function listener(overrides: Partial<EngineListener> = {}): EngineListener {
  return {
    executed: vi.fn(),
    skipped: vi.fn(),
    shared: vi.fn(),
    changed: vi.fn(),
    troubled: vi.fn(),
    ...overrides,
  };
}

/** A behaviour that counts how often it is begun. */
function counting(behaviour: Behaviour): Behaviour & { count: () => number } {
  let count = 0;
  const counted: Behaviour = (context) => {
    count++;
    return behaviour(context);
  };
  return Object.assign(counted, { count: () => count });
}

function byName(views: readonly CheckView[] | undefined, name: string): CheckView {
  const view = views?.find(({ check }) => check.name === name);
  if (!view) throw new Error(`no view of ${name}`);
  return view;
}

describe('one scrape', () => {
  test('shows every check, healthy and failing, as executed in it', async () => {
    const engine = createEngine(
      makeConfig([
        makeCheck('good', async ({ emit }) => emit('probe_a', 7)),
        makeCheck('bad', async ({ fail }) => fail('state', 'not well')),
      ]),
      listener(),
    );
    const views = await scrape(engine);
    expect(byName(views, 'good')).toMatchObject({
      fresh: true,
      ageSeconds: 0,
      outcome: { success: true },
    });
    expect(byName(views, 'bad')).toMatchObject({
      fresh: true,
      outcome: { success: false, failure: { reason: 'state', message: 'not well' } },
    });
  });

  test('an unhurried one gives every check its own time, however many there are', async () => {
    const checks = Array.from({ length: 6 }, (_, index) =>
      makeCheck(`check ${index}`, takes(Infinity), { timeoutSeconds: 0.02 }),
    );
    const views = await scrape(createEngine(makeConfig(checks, { concurrency: 2 }), listener()), {
      deadline: UNHURRIED,
    });
    expect(views?.map(({ outcome }) => outcome?.failure?.reason)).toEqual(
      checks.map(() => 'timeout'),
    );
  });

  test('without checks it answers at once', async () => {
    await expect(scrape(createEngine(makeConfig([]), listener()))).resolves.toEqual([]);
  });
});

describe('scrapes that overlap', () => {
  test('share one run: each check is executed once and counted once', async () => {
    const probe = counting(takes(0.05));
    const heard = listener();
    const engine = createEngine(makeConfig([makeCheck('a', probe), makeCheck('b', probe)]), heard);
    const [first, second] = await Promise.all([scrape(engine), scrape(engine)]);
    expect(probe.count()).toBe(2);
    expect(first?.map(({ fresh }) => fresh)).toEqual([true, true]);
    expect(second?.map(({ fresh }) => fresh)).toEqual([true, true]);
    expect(heard.executed).toHaveBeenCalledTimes(2);
    expect(heard.shared).toHaveBeenCalledTimes(1);
  });

  test('a part of the checks joins a run of all', async () => {
    const probe = counting(takes(0.05));
    const engine = createEngine(
      makeConfig([makeCheck('a', probe), makeCheck('b', probe)]),
      listener(),
    );
    const all = scrape(engine);
    const part = await scrape(engine, { select: ({ name }) => name === 'a' });
    await all;
    expect(part?.map(({ check }) => check.name)).toEqual(['a']);
    expect(probe.count()).toBe(2);
  });

  test('a part waits for its own checks only', async () => {
    const checks = [makeCheck('quick', takes(0)), makeCheck('hanging', takes(Infinity))];
    const engine = createEngine(makeConfig(checks), listener());
    const gone = new AbortController();
    const all = scrape(engine, { deadline: UNHURRIED, signal: gone.signal });
    const part = await scrape(engine, {
      deadline: UNHURRIED,
      select: ({ name }) => name === 'quick',
    });
    expect(byName(part, 'quick').fresh).toBe(true);
    gone.abort();
    await all;
  });

  test('all of the checks beside a run of a part do not execute that part again', async () => {
    const probe = counting(takes(0.05));
    const engine = createEngine(
      makeConfig([makeCheck('a', probe), makeCheck('b', probe)]),
      listener(),
    );
    const part = scrape(engine, { select: ({ name }) => name === 'a' });
    const all = await scrape(engine);
    await part;
    expect(all?.map(({ fresh }) => fresh)).toEqual([true, true]);
    expect(probe.count()).toBe(2);
  });

  test('each leaves at its own deadline with what is there, the other goes on', async () => {
    const engine = createEngine(
      makeConfig([makeCheck('quick', takes(0)), makeCheck('slow', takes(1))]),
      listener(),
    );
    const patient = scrape(engine);
    const hasty = await scrape(engine, { deadline: { timeoutCapSeconds: 0.5, endSeconds: 0.5 } });
    expect(byName(hasty, 'quick').fresh).toBe(true);
    expect(byName(hasty, 'slow')).toMatchObject({ fresh: false, outcome: undefined });
    expect(byName(await patient, 'slow')).toMatchObject({
      fresh: true,
      outcome: { success: true },
    });
  });

  test('an asker that leaves does not end the run of the other', async () => {
    const engine = createEngine(makeConfig([makeCheck('a', takes(0.05))]), listener());
    const gone = new AbortController();
    const left = scrape(engine, { signal: gone.signal });
    const stayed = scrape(engine);
    gone.abort();
    await expect(left).resolves.toBeUndefined();
    expect(byName(await stayed, 'a').fresh).toBe(true);
  });

  test('trap 5: when the last asker is gone everything ends, and nobody is called skipped or down', async () => {
    const signals: AbortSignal[] = [];
    const hang: Behaviour = ({ signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    };
    const heard = listener();
    const engine = createEngine(makeConfig([makeCheck('a', hang), makeCheck('b', hang)]), heard);
    const gone = new AbortController();
    const left = scrape(engine, { signal: gone.signal });
    await vi.waitFor(() => expect(signals).toHaveLength(2));
    gone.abort();
    await expect(left).resolves.toBeUndefined();
    await vi.waitFor(() => expect(engine.inFlight()).toBe(0));
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(heard.executed).not.toHaveBeenCalled();
    expect(heard.skipped).not.toHaveBeenCalled();
  });
});

describe('scrapes of different patience', () => {
  test('a timeout under less time is no verdict for who gives more', async () => {
    const engine = createEngine(makeConfig([makeCheck('a', takes(1))]), listener());
    const hasty = scrape(engine, { deadline: { timeoutCapSeconds: 0.05, endSeconds: 0.8 } });
    const patient = scrape(engine, { deadline: { timeoutCapSeconds: 5, endSeconds: 5.25 } });
    expect(byName(await hasty, 'a').outcome?.failure?.reason).toBe('timeout');
    expect(byName(await patient, 'a').outcome).toMatchObject({ success: true });
  });

  test('a check that took long in a patient one is still begun in hasty ones', async () => {
    const engine = createEngine(
      makeConfig([makeCheck('a', takes(Infinity), { timeoutSeconds: 1 })]),
      listener(),
    );
    await scrape(engine, { deadline: UNHURRIED });
    // They end before it has taken as long as it took, and long after it has had its time.
    const hasty = { timeoutCapSeconds: 0.1, endSeconds: 0.9 };
    for (let round = 0; round < 3; round++) {
      const view = byName(await scrape(engine, { deadline: hasty }), 'a');
      expect(view).toMatchObject({ fresh: true, outcome: { failure: { reason: 'timeout' } } });
    }
  });

  test('trap 4: who waits for the probe of another run takes no place from others', async () => {
    const hanging = makeCheck('hanging', takes(Infinity));
    const quick = makeCheck('quick', takes(0));
    const engine = createEngine(makeConfig([hanging, quick], { concurrency: 2 }), listener());
    const gone = new AbortController();
    const part = scrape(engine, {
      deadline: UNHURRIED,
      select: ({ name }) => name === 'hanging',
      signal: gone.signal,
    });
    const all = await scrape(engine, { deadline: { timeoutCapSeconds: 5, endSeconds: 1 } });
    expect(byName(all, 'quick').fresh).toBe(true);
    gone.abort();
    await part;
  });
});

describe('many quick checks, whose starts take the time of this process', () => {
  test('leave a hanging one its turn', { timeout: 60_000 }, async () => {
    const busyMs = 0.5;
    const quick = Array.from({ length: 1200 }, (_, index) =>
      makeCheck(`quick ${index}`, async () => {
        const until = performance.now() + busyMs;
        while (performance.now() < until);
      }),
    );
    const hanging = makeCheck('hanging', takes(Infinity));
    const engine = createEngine(makeConfig([...quick, hanging]), listener());
    const deadline = { timeoutCapSeconds: 1, endSeconds: 1.5 };
    // The first scrapes get to know them all, on a slow machine more than one; then it is the hanging one's turn.
    let view: CheckView | undefined;
    for (let round = 0; round < 25 && !view?.outcome; round++) {
      view = byName(await scrape(engine, { deadline }), 'hanging');
    }
    expect(view?.outcome?.failure?.reason).toBe('timeout');
  });
});

describe('troubles that are no fault of a target', () => {
  test('a process out of descriptors skips the check and says so', async () => {
    const exhausted = Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    const heard = listener();
    const check = makeCheck('a', () => Promise.reject(new Error('wrapped', { cause: exhausted })));
    const view = byName(await scrape(createEngine(makeConfig([check]), heard)), 'a');
    expect(view).toMatchObject({ fresh: false, outcome: undefined });
    expect(heard.skipped).toHaveBeenCalledExactlyOnceWith(check);
    expect(heard.troubled).toHaveBeenCalledOnce();
  });

  test('a listener that throws costs nobody a verdict', async () => {
    const broken = () => {
      throw new Error('broken listener');
    };
    const heard = listener({ executed: broken, shared: broken, skipped: broken });
    const engine = createEngine(
      makeConfig([makeCheck('a', takes(0)), makeCheck('b', takes(0))]),
      heard,
    );
    const [first, second] = await Promise.all([scrape(engine), scrape(engine)]);
    expect([first, second].map((views) => views?.every(({ fresh }) => fresh))).toEqual([
      true,
      true,
    ]);
    expect(engine.inFlight()).toBe(0);
    expect(heard.troubled).toHaveBeenCalledTimes(3);
  });
});

describe('a check that waits for its turn', () => {
  useFakeClock();

  test('trap 4: has no latency by that, and its wait is told of by itself', async () => {
    const checks = ['a', 'b', 'c'].map((name) => makeCheck(name, takes(0.5)));
    const heard = listener();
    const engine = createEngine(makeConfig(checks, { concurrency: 1 }), heard);
    const asked = scrape(engine);
    await vi.advanceTimersByTimeAsync(DEADLINE.endSeconds * 1000);
    const durations = (await asked)?.map(({ outcome }) => outcome?.durationSeconds);
    const waits = vi.mocked(heard.executed).mock.calls.map(([, , queueSeconds]) => queueSeconds);
    expect(durations).toEqual([0.5, 0.5, 0.5].map((seconds) => expect.closeTo(seconds, 1)));
    expect(waits).toEqual([0, 0.5, 1].map((seconds) => expect.closeTo(seconds, 1)));
  });
});

describe('trap 3: checks that a scrape has no time for', () => {
  useFakeClock();

  async function scrapeIn(engine: Engine, advanceSeconds = DEADLINE.endSeconds) {
    const asked = scrape(engine);
    await vi.advanceTimersByTimeAsync(advanceSeconds * 1000 + 1);
    return asked;
  }

  test('keep their last verdict with its age, then are absent', async () => {
    let seconds = 0;
    const check = makeCheck('a', (context) => takes(seconds)(context));
    const heard = listener();
    const engine = createEngine(makeConfig([check], { maxResultAgeSeconds: 10 }), heard);
    await scrapeIn(engine);
    // Longer than the hurried scrapes below wait, shorter than the check's own time.
    seconds = 4;
    const hurried = async () => {
      const asked = scrape(engine, { deadline: { timeoutCapSeconds: 5, endSeconds: 1 } });
      await vi.advanceTimersByTimeAsync(1000);
      return byName(await asked, 'a');
    };
    const repeated = await hurried();
    expect(repeated).toMatchObject({ fresh: false, outcome: { success: true } });
    expect(repeated.ageSeconds).toBeCloseTo(3.75, 1);
    expect(heard.skipped).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(6000);
    expect(await hurried()).toMatchObject({ fresh: false, outcome: undefined });
    expect(heard.skipped).toHaveBeenCalledTimes(2);
    expect(heard.executed).toHaveBeenCalledTimes(1);
  });

  test('keep a verdict that is known without a scrape, until it is too old', async () => {
    const probe = counting(takes(0));
    const check = makeCheck('a', probe);
    const never = makeCheck('never executed', probe);
    const config = makeConfig([check, never], { maxResultAgeSeconds: 10 });
    const engine = createEngine(config, listener());
    const scraped = scrape(engine, { select: ({ name }) => name === 'a' });
    await vi.advanceTimersByTimeAsync(4000);
    await scraped;
    expect(byName(engine.known(), 'a')).toMatchObject({ fresh: false, outcome: { success: true } });
    expect(byName(engine.known(), 'a').ageSeconds).toBeCloseTo(4, 1);
    expect(byName(engine.known(), 'never executed').outcome).toBeUndefined();
    await vi.advanceTimersByTimeAsync(7000);
    expect(byName(engine.known(), 'a').outcome).toBeUndefined();
    engine.configure(makeConfig([never]));
    expect(engine.known().map(({ check: { name } }) => name)).toEqual(['never executed']);
    expect(probe.count()).toBe(1);
  });

  test('are not begun where their last run took longer than what is left', async () => {
    const probe = counting(takes(Infinity));
    const checks = Array.from({ length: 3 }, (_, index) => makeCheck(`hanging ${index}`, probe));
    const engine = createEngine(makeConfig(checks, { concurrency: 1 }), listener());
    for (let round = 0; round < 3; round++) await scrapeIn(engine);
    expect(probe.count()).toBeGreaterThanOrEqual(3);
    const before = probe.count();
    await scrapeIn(engine);
    expect(probe.count() - before).toBe(1);
  });

  test('hanging ones get their full time also where quick ones would fill the scrape’s beginning', async () => {
    const quick = Array.from({ length: 20 }, (_, index) => makeCheck(`quick ${index}`, takes(0.2)));
    const hanging = makeCheck('hanging', takes(Infinity));
    const engine = createEngine(makeConfig([...quick, hanging], { concurrency: 4 }), listener());
    await scrapeIn(engine);
    await scrapeIn(engine);
    for (let round = 0; round < 3; round++) {
      const views = await scrapeIn(engine);
      expect(byName(views, 'hanging').outcome?.failure?.reason).toBe('timeout');
      expect(views?.every(({ fresh }) => fresh)).toBe(true);
    }
  });
});

describe('a reload', () => {
  const named = (names: readonly string[]): Check[] =>
    names.map((name) => makeCheck(name, takes(0)));

  test('trap 20: swaps the checks and forgets what is known of removed ones', async () => {
    const heard = listener();
    const engine = createEngine(makeConfig(named(['a', 'b'])), heard);
    await scrape(engine);
    engine.configure(makeConfig(named(['b', 'c'])));
    const views = await scrape(engine);
    expect(views?.map(({ check }) => check.name)).toEqual(['b', 'c']);
    engine.configure(makeConfig([makeCheck('a', takes(Infinity))]));
    const hurried = await scrape(engine, { deadline: { timeoutCapSeconds: 1, endSeconds: 0.02 } });
    expect(byName(hurried, 'a').outcome).toBeUndefined();
  });

  test('lets a scrape in flight end with the old checks, of which removed ones leave nothing behind', async () => {
    const heard = listener();
    const engine = createEngine(makeConfig([makeCheck('old', takes(0.05))]), heard);
    const asked = scrape(engine);
    engine.configure(makeConfig(named(['new'])));
    const fresh = await scrape(engine);
    expect(fresh?.map(({ check }) => check.name)).toEqual(['new']);
    expect(byName(await asked, 'old').outcome?.success).toBe(true);
    expect(vi.mocked(heard.executed).mock.calls.map(([check]) => check.name)).toEqual(['new']);
  });

  test('does not answer with what the old options found out', async () => {
    const old = makeCheck('a', async (context) => {
      await takes(0.05)(context);
      context.fail('state', 'by the old options');
    });
    const heard = listener();
    const engine = createEngine(makeConfig([old]), heard);
    const before = scrape(engine);
    await vi.waitFor(() => expect(engine.inFlight()).toBe(1));
    engine.configure(makeConfig([makeCheck('a', takes(0))]));
    expect(byName(await scrape(engine), 'a').outcome?.success).toBe(true);
    expect(byName(await before, 'a').outcome?.success).toBe(false);
    expect(vi.mocked(heard.executed)).toHaveBeenCalledTimes(1);
  });

  test('changes the limit', async () => {
    let most = 0;
    let now = 0;
    const probe: Behaviour = async (context) => {
      most = Math.max(most, ++now);
      await takes(0.01)(context);
      now--;
    };
    const checks = Array.from({ length: 8 }, (_, index) => makeCheck(`check ${index}`, probe));
    const engine = createEngine(makeConfig(checks, { concurrency: 8 }), listener());
    engine.configure(makeConfig(checks, { concurrency: 2 }));
    await scrape(engine);
    expect(most).toBe(2);
  });
});

test('a change of state is told once, with what was before', async () => {
  let healthy = true;
  const check = makeCheck('a', async ({ fail }) => (healthy ? undefined : fail('state', 'no')));
  const heard = listener();
  const engine = createEngine(makeConfig([check]), heard);
  for (healthy of [true, true, false, false, true]) await scrape(engine);
  const told = vi
    .mocked(heard.changed)
    .mock.calls.map(([, { success }, before]) => [before?.success, success]);
  expect(told).toEqual([
    [undefined, true],
    [true, false],
    [false, true],
  ]);
});
