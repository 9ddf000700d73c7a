import { getEventListeners } from 'node:events';
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { executeProbe } from '../../src/engine/envelope.ts';
import type { Prober } from '../../src/probers/contract.ts';
import { OPEN_GATE } from '../../src/probers/shared/gate.ts';
import { tcp } from '../../src/probers/tcp.ts';
import { makeCheck, takes } from '../support/checks.ts';
import { eventually } from '../support/eventually.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { tcpLoopback } from '../support/loopback.ts';

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
const descriptors = () => readdirSync('/proc/self/fd').length;

const hanging: Prober = makeCheck('hanging', takes(Infinity)).module.prober;
/** What others in this process may have begun since. */
const FEW = 10;

const SILENT_CONNECTION = { query_response: [{ expect: 'never' }] };

test.each([
  ['of a prober that ignores its signal', 10_000, 1000, hanging, {}],
  ['of a peer that is silent', 10_000, 250, tcp, SILENT_CONNECTION],
] as const)(
  'trap 5: many timeouts %s leave no timer, no listener and no descriptor',
  async (_whose, count, atOnce, prober, input) => {
    const peer = await forThisTest(tcpLoopback());
    const options = prober.options.parse(input);
    const job = { prober, target: `127.0.0.1:${peer.port}`, options, gate: OPEN_GATE };
    const { signal } = new AbortController();
    const before = { timers: timers(), descriptors: descriptors() };
    const reasons = new Map<string | undefined, number>();
    for (let done = 0; done < count; done += atOnce) {
      const outcomes = await Promise.all(
        Array.from({ length: atOnce }, () => executeProbe(job, 0.02, signal)),
      );
      for (const outcome of outcomes) {
        const reason = outcome?.failure?.reason;
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
    }
    expect([...reasons]).toEqual([['timeout', count]]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    await eventually(() => {
      expect(timers()).toBeLessThan(before.timers + FEW);
      expect(descriptors()).toBeLessThan(before.descriptors + FEW);
    });
  },
);
