import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { startExporterProcess } from '../../support/exporter-process.ts';
import { httpGet } from '../../support/http-get.ts';
import { type RawClient, rawClient } from '../../support/raw-client.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { type HoldingTarget, holdingTarget } from '../holding-target.ts';
import { judge, judgesTimes, rounded, type Scenario, scaled } from '../scenario.ts';
import { until } from '../until.ts';

const PROBES = 100;
const GRACE_SECONDS = 10;
const MOST_SECONDS = GRACE_SECONDS + 2;

export const scenario: Scenario = {
  name: 'drain',
  proof: [19],
  title:
    'SIGTERM under 100 probes answers them all within 10 s and ends with exit code 0, within 12 s where a thread hangs; a second one ends at once',
  run: async (scale) => {
    const count = scaled(PROBES, scale, 10);
    await using answering = await holdingTarget();
    await using hanging = await holdingTarget();
    await using stuck = await fileThatNeverOpens();
    const config = `modules: {web: {prober: http}}
checks:
  - {name: Hanging, target: "http://127.0.0.1:${hanging.port}/", prober: http, timeout: 1m}
  - {name: Stuck, target: "http://127.0.0.1:9/", prober: http, timeout: 1m, http: {bearer_token_file: ${stuck.path}}}
  - {name: Memory, prober: memory}
`;
    await using exporter = await startExporterProcess({ config });
    const probes = probesOf(exporter.url, answering, count);
    const hangingProbes = probesOf(exporter.url, hanging, count);
    const scrape = exporter.scrape();
    await using kept = await rawClient(exporter.port);
    await until('the targets to be asked', () => {
      return answering.requests() === count && hanging.requests() === count + 1;
    });

    const notReady = askUntilNotReady(kept);
    exporter.process.kill('SIGTERM');
    const toldAt = performance.now();
    await notReady;
    const isClosing = /503 .*Connection: close.*Not ready/s.test(await kept.closed);
    await until('new connections to be refused', () =>
      httpGet(`${exporter.url}/-/healthy`).then(
        () => false,
        (error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED',
      ),
    );
    answering.release();
    const answered = await probes;
    const givenUp = await hangingProbes;
    const views = await scrape;
    const drainedSeconds = (performance.now() - toldAt) / 1000;
    const { code, signal } = await exporter.process.ended;
    const endSeconds = (performance.now() - toldAt) / 1000;
    const second = await secondSignal();
    // A scaled run says whether it works, also on a machine that does much else.
    const room = judgesTimes(scale) ? 1 : 3;
    const figures = {
      'probes in flight': 2 * count + 1,
      'answered in full': answered.filter((status) => status === 200).length,
      'given up with 503': givenUp.filter((status) => status === 503).length,
      'last answer after SIGTERM, s': rounded(drainedSeconds, 2),
      'end after SIGTERM, with a thread that hangs, s': rounded(endSeconds, 2),
      'exit code': String(signal ?? code),
      'end after a second SIGTERM, ms': rounded(second.ms, 0),
    };
    return judge(figures, [
      [
        answered.every((status) => status === 200),
        `probes were answered with ${new Set(answered)}`,
      ],
      [givenUp.every((status) => status === 503), `hanging ones with ${new Set(givenUp)}`],
      [views.byCheck('probe_success').Memory === 1, 'the scrape did not tell what there was'],
      [!('Hanging' in views.byCheck('probe_success')), 'a target was called down before its time'],
      [isClosing, 'a kept connection was not told that it closes'],
      [code === 0, `it ended with ${signal ?? code}`],
      [endSeconds < room * MOST_SECONDS, `it took ${rounded(endSeconds)} s to end`],
      [
        second.signal === 'SIGTERM' && second.ms < room * 1000,
        `a second SIGTERM: ${second.signal}, ${second.ms} ms`,
      ],
    ]);
  },
};

/** Asks one time after the other: a connection that asks nothing is closed. */
async function askUntilNotReady({ send, heard, socket }: RawClient): Promise<void> {
  const answers = () => heard().match(/ready\b/gi)?.length ?? 0;
  for (let asked = 1; !heard().includes('Not ready'); asked++) {
    send('GET /-/ready HTTP/1.1\r\nHost: x\r\n\r\n');
    await until('whether it is ready', () => answers() >= asked || socket.destroyed);
    if (socket.destroyed && answers() < asked) throw new Error('a kept connection was cut off');
  }
}

/** Statuses of so many probes of a target; 0 where the connection broke. */
function probesOf(url: string, target: HoldingTarget, count: number): Promise<number[]> {
  const asked = `${url}/probe?module=web&target=127.0.0.1:${target.port}`;
  return Promise.all(
    Array.from({ length: count }, () =>
      httpGet(asked).then(
        ({ status }) => status,
        () => 0,
      ),
    ),
  );
}

async function fileThatNeverOpens() {
  const directory = await temporaryDirectory();
  const path = join(directory.path, 'token');
  execFileSync('mkfifo', [path]);
  return { ...directory, path };
}

/** How an exporter ends that is told twice while somebody waits for it, and how long after the second. */
async function secondSignal() {
  await using target = await holdingTarget();
  await using exporter = await startExporterProcess({ config: 'modules: {web: {prober: http}}\n' });
  const probes = probesOf(exporter.url, target, 1);
  await until('the target to be asked', () => target.requests() === 1);
  exporter.process.kill('SIGTERM');
  await exporter.process.says(/msg=stopping/);
  const toldAt = performance.now();
  exporter.process.kill('SIGTERM');
  const { signal } = await exporter.process.ended;
  const ms = performance.now() - toldAt;
  await probes;
  return { signal, ms };
}
