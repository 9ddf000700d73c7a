import { WITH_INSPECTOR } from '../../bench/measure/inspector.ts';
import { type ExporterProcess, startExporterProcess } from '../../support/exporter-process.ts';
import { rawClient } from '../../support/raw-client.ts';
import { holdingTarget } from '../holding-target.ts';
import { judge, judgesTimes, rounded, type Scenario, scaled } from '../scenario.ts';
import { countOf, standingOf } from '../standing.ts';
import { until } from '../until.ts';

const DISCONNECTS = 10_000;
const AT_ONCE = 20;
const WARM_UP_PART = 0.2;
const MOST_MORE_LIVE_MB = 3;

export const scenario: Scenario = {
  name: 'disconnects',
  proof: [22],
  title:
    '10,000 clients that hang up in the middle of a scrape or a probe end what was begun for them and leave nothing behind',
  run: async (scale) => {
    const count = scaled(DISCONNECTS, scale, 2 * AT_ONCE);
    await using target = await holdingTarget();
    await using exporter = await startExporterProcess({
      env: WITH_INSPECTOR,
      config: `modules: {web: {prober: http}}
checks:
  - {name: Slow, target: "http://127.0.0.1:${target.port}/", prober: http, timeout: 1m}
  - {name: Quick, prober: memory}
`,
    });
    const probe = `/probe?module=web&target=127.0.0.1:${target.port}`;
    const hangUp = async (batches: number) => {
      for (let batch = 0; batch < batches; batch++) await hangUpAtOnce(exporter, target, probe);
    };
    const batches = Math.ceil(count / AT_ONCE);
    const warmUps = Math.ceil(batches * WARM_UP_PART);
    await hangUp(warmUps);
    const before = await standingOf(exporter, 'Quick');
    await hangUp(batches - warmUps);
    const after = await standingOf(exporter, 'Quick');
    const last = await exporter.scrape('Quick');
    const inFlight = last.value('healthcheck_exporter_probes_in_flight') ?? Number.NaN;
    const figures = {
      'clients that hung up': batches * AT_ONCE,
      'probes begun and ended': target.requests(),
      'probes left in flight': inFlight,
      descriptors: `${before.descriptors} → ${after.descriptors}`,
      handles: `${countOf(before.handles)} → ${countOf(after.handles)}`,
      'heap after collection, MB': `${rounded(before.liveHeapMb)} → ${rounded(after.liveHeapMb)}`,
      'resident memory, MB': `${rounded(before.residentMb)} → ${rounded(after.residentMb)}`,
    };
    return judge(figures, [
      [inFlight === 0, `${inFlight} probes are still in flight`],
      [target.open() === 0, `${target.open()} connections of probes are left`],
      [after.descriptors <= before.descriptors + 5, 'descriptors have leaked'],
      [countOf(after.handles) <= countOf(before.handles) + 5, 'handles have leaked'],
      [
        !judgesTimes(scale) || after.liveHeapMb < before.liveHeapMb + MOST_MORE_LIVE_MB,
        'memory has leaked',
      ],
    ]);
  },
};

/** Half of them scrape, and share one probe; half of them ask for one each. */
async function hangUpAtOnce(
  { port }: ExporterProcess,
  target: { readonly requests: () => number; readonly open: () => number },
  probe: string,
): Promise<void> {
  const before = target.requests();
  const clients = await Promise.all(Array.from({ length: AT_ONCE }, () => rawClient(port)));
  for (const [index, { send }] of clients.entries()) {
    send(`GET ${index % 2 === 0 ? '/metrics' : probe} HTTP/1.1\r\nHost: x\r\n\r\n`);
  }
  await until('the target to be asked', () => target.requests() - before === AT_ONCE / 2 + 1);
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  await until('the probes to be cut off', () => target.open() === 0);
}
