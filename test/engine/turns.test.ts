import { once } from 'node:events';
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Check } from '../../src/config/check.ts';
import { createEngine, SILENT_LISTENER } from '../../src/engine/engine.ts';
import { OPEN_GATE } from '../../src/probers/shared/gate.ts';
import { type Behaviour, makeCheck, makeConfig, takes } from '../support/checks.ts';
import { unixServer } from '../support/unix-server.ts';

const UNHURRIED = { timeoutCapSeconds: Infinity, endSeconds: Infinity };
const nobodyLeaves = () => new AbortController().signal;

function manyChecks(count: number, behaviour: Behaviour, timeoutSeconds = 5): Check[] {
  return Array.from({ length: count }, (_, index) =>
    makeCheck(`check ${index}`, behaviour, { timeoutSeconds }),
  );
}

/** Notes in which turn of the event loop, counted by the loop itself, each probe starts. */
function noting(behaviour: Behaviour): Behaviour & { readonly startedIn: readonly number[] } {
  const startedIn: number[] = [];
  const noted: Behaviour = (context) => {
    startedIn.push(performance.nodeTiming.uvMetricsInfo.loopCount);
    return behaviour(context);
  };
  return Object.assign(noted, { startedIn });
}

describe('trap 15: a turn of the event loop starts one probe', () => {
  const CHECKS = 300;

  test.each([
    ['at once', 1, takes(0)],
    ['at once', 7, takes(0)],
    ['at once', 1000, takes(0)],
    ['never', 1000, takes(Infinity)],
  ])('that ends %s, with %i in flight', async (_, concurrency, behaviour) => {
    const probe = noting(behaviour);
    const engine = createEngine(
      makeConfig(manyChecks(CHECKS, probe, 0.2), { concurrency }),
      SILENT_LISTENER,
    );
    await engine.scrape({ deadline: UNHURRIED, signal: nobodyLeaves() });
    expect(probe.startedIn).toHaveLength(CHECKS);
    expect(new Set(probe.startedIn).size, 'turns in which a probe started').toBe(CHECKS);
  });

  test('and each turn one, while some wait for theirs', async () => {
    const probe = noting(takes(0));
    const engine = createEngine(
      makeConfig(manyChecks(CHECKS, probe), { concurrency: CHECKS }),
      SILENT_LISTENER,
    );
    await engine.scrape({ deadline: UNHURRIED, signal: nobodyLeaves() });
    const [first = 0] = probe.startedIn;
    expect(probe.startedIn).toEqual(Array.from({ length: CHECKS }, (_, index) => first + index));
  });

  test('be it of a check, of another scrape or asked for by itself', async () => {
    const probe = noting(takes(0));
    const checks = manyChecks(CHECKS, probe);
    const engine = createEngine(makeConfig(checks), SILENT_LISTENER);
    const isEven = ({ name }: Check) => Number(name.replace('check ', '')) % 2 === 0;
    const signal = nobodyLeaves();
    const [{ module }] = checks as [Check];
    await Promise.all([
      engine.scrape({ deadline: UNHURRIED, select: isEven, signal }),
      ...checks.map(() => engine.probe({ ...module, target: '', gate: OPEN_GATE }, 5, signal)),
      engine.scrape({ deadline: UNHURRIED, select: (check) => !isEven(check), signal }),
    ]);
    expect(probe.startedIn).toHaveLength(2 * CHECKS);
    expect(new Set(probe.startedIn).size, 'turns in which a probe started').toBe(2 * CHECKS);
  });

  test('after the answers that have arrived are read', async () => {
    const COUNT = 50;
    const told: string[] = [];
    const server = await unixServer((socket) => {
      socket.on('data', (bytes: Buffer) =>
        told.push(...Array.from(bytes, (byte) => `answer ${byte}`)),
      );
    });
    const answers = connect(server.path);
    onTestFinished(() => void answers.destroy());
    await once(answers, 'connect');
    // What is written to a unix socket is there at the other end before the call returns.
    const checks = Array.from({ length: COUNT }, (_, index) =>
      makeCheck(`check ${index}`, (context) => {
        told.push(`start ${index}`);
        answers.write(Uint8Array.of(index));
        return takes(0.02)(context);
      }),
    );
    const engine = createEngine(makeConfig(checks, { concurrency: COUNT }), SILENT_LISTENER);
    await engine.scrape({ deadline: UNHURRIED, signal: nobodyLeaves() });
    expect(told).toEqual(checks.flatMap((_, index) => [`start ${index}`, `answer ${index}`]));
  });
});
