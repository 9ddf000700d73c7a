import { setTimeout as sleep } from 'node:timers/promises';
import { descriptorsOf, memoryOf } from '../../bench/measure/memory.ts';
import { quantile } from '../../bench/measure/statistics.ts';
import { type ExporterProcess, startExporterProcess } from '../../support/exporter-process.ts';
import { httpGet } from '../../support/http-get.ts';
import { type RawClient, rawClient } from '../../support/raw-client.ts';
import { judge, judgesTimes, rounded, type Scenario, scaled } from '../scenario.ts';
import { until } from '../until.ts';

const SLOW = 2000;
const SCRAPES = 300;
const BETWEEN_MS = 100;
const MOST_P99_MS = 1000;

const FLOODS = [
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'GET /\r\n\r\n',
  `GET /${'a'.repeat(1e6)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(100_000)}`,
  'GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(5000),
  'POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n',
];

export const scenario: Scenario = {
  name: 'slow-loris',
  proof: [31],
  title:
    'Scrapes keep their p99 below 1 s while 2,000 sockets send a byte a second and others send floods, nonsense and smuggled requests',
  run: async (scale) => {
    const slow = scaled(SLOW, scale, 50);
    await using exporter = await startExporterProcess({
      config: 'checks: [{name: Memory, prober: memory}]\n',
    });
    const { pid } = exporter.process;
    await exporter.scrape();
    const before = descriptorsOf(pid);
    const attack = await attackWith(slow, exporter);
    const times: number[] = [];
    let failed = 0;
    for (let index = 0; index < scaled(SCRAPES, scale, 8); index++) {
      const askedAt = performance.now();
      const status = await httpGet(`${exporter.url}/metrics`).then(
        (answer) => answer.status,
        () => 0,
      );
      times.push(performance.now() - askedAt);
      if (status !== 200) failed++;
      await sleep(BETWEEN_MS);
    }
    const held = descriptorsOf(pid);
    const { floods, cut } = await attack.stop();
    await until('the connections to be closed', () => descriptorsOf(pid) <= before + 5);
    const logged = exporter.process.stderr().split('\n').length;
    const p99 = quantile(times, 0.99);
    const figures = {
      'slow sockets': slow,
      'floods and nonsense sent': floods,
      'slow sockets that were cut off and came again': cut,
      scrapes: times.length,
      'scrapes that failed': failed,
      'time of a scrape, median, ms': rounded(quantile(times, 0.5)),
      'time of a scrape, p99, ms': rounded(p99),
      'descriptors before, under attack, after': `${before}, ${held}, ${descriptorsOf(pid)}`,
      'resident memory at most, MB': rounded(memoryOf(pid).peakMb),
      'lines logged': logged,
    };
    return judge(figures, [
      [failed === 0, `${failed} scrapes failed`],
      [!judgesTimes(scale) || p99 < MOST_P99_MS, `p99 was ${rounded(p99)} ms`],
      [logged < 10, `${logged} lines were logged`],
    ]);
  },
};

/** Slow sockets that come again when they are closed, and one flood after another. */
async function attackWith(slow: number, { port }: ExporterProcess) {
  let stopped = false;
  let floods = 0;
  let cut = 0;
  const clients = new Set<RawClient>();
  const open = async () => {
    const client = await rawClient(port);
    clients.add(client);
    client.send('GET /metrics HTTP/1.1\r\nHost: x\r\n');
    void client.closed.then(() => {
      clients.delete(client);
      if (stopped) return;
      cut++;
      return open();
    });
  };
  for (let index = 0; index < slow; index++) await open();
  const drip = setInterval(() => {
    for (const { socket } of clients) socket.write('a');
  }, 1000);
  const flooding = (async () => {
    while (!stopped) {
      for (const text of FLOODS) {
        await using client = await rawClient(port);
        client.send(text);
        // Some of them are answered without an end: the next one does not wait for it.
        await Promise.race([client.closed, sleep(BETWEEN_MS)]);
        floods++;
      }
    }
  })();
  const stop = async () => {
    stopped = true;
    clearInterval(drip);
    await flooding;
    await Promise.all([...clients].map((client) => client[Symbol.asyncDispose]()));
    return { floods, cut };
  };
  return { stop };
}
