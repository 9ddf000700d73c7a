import { setTimeout as sleep } from 'node:timers/promises';
import { type KeptConnection, openConnection } from '../../bench/contenders/connection.ts';
import { samplesOf } from '../../bench/contenders/reported.ts';
import { WITH_INSPECTOR } from '../../bench/measure/inspector.ts';
import { memoryOf } from '../../bench/measure/memory.ts';
import { quantile } from '../../bench/measure/statistics.ts';
import { startDelayedTarget } from '../../bench/targets/delayed.ts';
import { startExporterProcess } from '../../support/exporter-process.ts';
import { isInstalled } from '../../support/real-part.ts';
import { judge, judgesTimes, rounded, type Scenario, scaled } from '../scenario.ts';
import { liveHeapOf } from '../standing.ts';

const PER_MINUTE = 5000;
const MINUTES = 3;
const TARGET_MS = 50;
const MODULE = 'torture';
/** Compile the code, as in the first minute of months. */
const WARM_UPS = 3000;

const MOST_OVERHEAD_MS = 20;
const MOST_MB = 200;

/** Where there is no `taskset` it has all cores. */
const ONE_CORE = isInstalled('taskset') ? ['taskset', '--cpu-list', '0'] : [];

export const scenario: Scenario = {
  name: 'probe-rate',
  proof: [2],
  title:
    '5,000 requests of /probe a minute are all answered, on one core, within 20 ms more than the target takes',
  run: async (scale) => {
    const requests = scaled(PER_MINUTE * MINUTES, scale, 100);
    await using target = await startDelayedTarget(TARGET_MS);
    await using exporter = await startExporterProcess({
      config: `modules: {${MODULE}: {prober: http}}\n`,
      launcher: ONE_CORE,
      env: WITH_INSPECTOR,
    });
    using stack = new DisposableStack();
    const path = `/probe?${new URLSearchParams({ module: MODULE, target: target.probing.target })}`;
    const idle: KeptConnection[] = [];
    const probe = async () => {
      const connection = idle.pop() ?? stack.use(await openConnection(exporter.port));
      const answer = await connection.ask(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Prometheus-Scrape-Timeout-Seconds: 10\r\n\r\n`,
      );
      idle.push(connection);
      return answer;
    };

    await atRate(scaled(WARM_UPS, scale, 20), probe);
    await target.takeOwnErrors();
    using readings = readEachMinute(() => memoryOf(exporter.process.pid).nowMb);
    const startedAt = performance.now();
    const answers = await atRate(requests, probe);
    const minutes = (performance.now() - startedAt) / 60_000;
    const own = await target.takeOwnErrors();
    const { nowMb, peakMb } = memoryOf(exporter.process.pid);
    // Only now: a collection of all garbage makes the heap smaller for a while.
    const liveHeapMb = await liveHeapOf(exporter);
    const refused = answers.filter(({ status }) => status !== 200).length;
    const down = answers.filter(({ isUp }) => !isUp).length;
    const overheads = answers.map(({ wallMs }) => wallMs - TARGET_MS);
    const p99Ms = quantile(overheads, 0.99);
    const ownP99Ms = quantile(own, 0.99);
    const figures = {
      requests,
      'requests a minute': rounded(requests / minutes, 0),
      cores: ONE_CORE.length > 0 ? 1 : 'all',
      'not answered with 200': refused,
      'called down': down,
      'overhead over the target, median, ms': rounded(quantile(overheads, 0.5), 2),
      'overhead over the target, p99, ms': rounded(p99Ms, 2),
      'p99 of what the target itself was late, ms': rounded(ownP99Ms, 2),
      'resident memory each minute, MB': [...readings.values, nowMb]
        .map((value) => rounded(value, 0))
        .join(' '),
      'resident memory at most, MB': rounded(peakMb),
      'heap after collection, MB': rounded(liveHeapMb),
    };
    return judge(figures, [
      [refused === 0, `${refused} requests were not answered with 200`],
      [down === 0, `${down} probes of a healthy target were called down`],
      [
        !judgesTimes(scale) || p99Ms - ownP99Ms < MOST_OVERHEAD_MS,
        `p99 took ${rounded(p99Ms - ownP99Ms)} ms more than the target`,
      ],
      [peakMb < MOST_MB, `it took ${rounded(peakMb)} MB`],
    ]);
  },
};

function readEachMinute(read: () => number): Disposable & { readonly values: number[] } {
  const values: number[] = [];
  const timer = setInterval(() => values.push(read()), 60_000);
  return { values, [Symbol.dispose]: () => clearInterval(timer) };
}

interface Answered {
  readonly status: number;
  readonly isUp: boolean;
  /** From when it was sent: who asks is as busy as the target, and that is not what is measured. */
  readonly wallMs: number;
}

/** Begins so many requests, evenly, whether or not those before are answered. */
async function atRate(
  count: number,
  probe: () => Promise<{ status: number; text: () => string }>,
): Promise<Answered[]> {
  const betweenMs = 60_000 / PER_MINUTE;
  const startedAt = performance.now();
  const asked: Promise<Answered>[] = [];
  for (let index = 0; index < count; index++) {
    const dueAt = startedAt + index * betweenMs;
    const waitMs = dueAt - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    const sentAt = performance.now();
    asked.push(
      probe().then(({ status, text }) => {
        const wallMs = performance.now() - sentAt;
        const [success] = samplesOf(text(), 'probe_success');
        return { status, isUp: success?.value === 1, wallMs };
      }),
    );
  }
  return Promise.all(asked);
}
