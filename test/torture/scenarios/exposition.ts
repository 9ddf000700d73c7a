import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { quantile } from '../../bench/measure/statistics.ts';
import { startChild } from '../../support/child.ts';
import { httpGet } from '../../support/http-get.ts';
import { judge, judgesTimes, rounded, type Scenario, scaled } from '../scenario.ts';
import type { Writing } from '../writing.ts';

const SERIES = 100_000;
const ANSWERS = 10;
/** Compile the code. */
const WARM_UPS = 5;
const MOST_MS = 1000;
const MOST_TIMES_OUTPUT = 3;
const PROCESS = fileURLToPath(new URL('../exposition-process.ts', import.meta.url));

export const scenario: Scenario = {
  name: 'exposition',
  proof: [5],
  title:
    '100,000 series are written in less than 1 s, in slices, in little memory, and the same gzipped',
  run: async (scale) => {
    const series = scaled(SERIES, scale, 1000);
    await using child = startChild(process.execPath, [PROCESS, String(series)]);
    const { groups } = await child.says(/listening port=(?<port>\d+)/);
    const url = `http://127.0.0.1:${groups?.port}`;
    const answer = async (encoding: string, query = '') =>
      (await httpGet(`${url}/metrics${query}`, { 'accept-encoding': encoding })).body;
    for (let warmUp = 0; warmUp < WARM_UPS; warmUp++) await answer('gzip');
    await httpGet(`${url}/figures`);

    const plain = await answer('identity');
    const found = plain.toString().match(/^[a-z]+_.*$/gm)?.length ?? 0;
    if (found < series) throw new Error(`${found} series were written, expected ${series}`);
    let zippedBytes = 0;
    for (let time = 0; time < ANSWERS; time++) {
      const zipped = await answer('gzip');
      zippedBytes = zipped.length;
      if (!ofSamples(gunzipSync(zipped)).equals(ofSamples(plain))) {
        throw new Error('decompressed it is not what is sent uncompressed');
      }
    }
    for (const encoding of ['identity', 'gzip']) await answer(encoding, '?collect');
    const { body } = await httpGet(`${url}/figures`);
    const all: Writing[] = JSON.parse(body.toString());
    const writings = all.filter(({ collects }) => !collects);
    const most = (read: (writing: Writing) => number) => Math.max(...writings.map(read));
    const inUse = Math.max(...all.filter(({ collects }) => collects).map((one) => one.heapBytes));
    const slowestMs = most(({ ms }) => ms);
    const timesOutput = inUse / plain.length;
    const slices = Math.min(...writings.map((writing) => writing.slices));
    const figures = {
      series: found,
      answers: writings.length,
      'uncompressed / gzipped, MB': `${rounded(plain.length / 1e6)} / ${rounded(zippedBytes / 1e6)}`,
      'time, median, ms': rounded(
        quantile(
          writings.map(({ ms }) => ms),
          0.5,
        ),
        0,
      ),
      'time at most, ms': rounded(slowestMs, 0),
      slices,
      'event loop held up at most, ms': rounded(most(({ longestTurnMs }) => longestTurnMs)),
      'heap in use at most, MB': rounded(inUse / 1e6),
      'heap in use at most, times the answer': rounded(timesOutput, 2),
      'heap with its garbage at most, MB': rounded(most(({ heapBytes }) => heapBytes) / 1e6),
      'bytes beside the heap at most, MB': rounded(most(({ bufferBytes }) => bufferBytes) / 1e6),
    };
    return judge(figures, [
      [!judgesTimes(scale) || slowestMs < MOST_MS, `an answer took ${rounded(slowestMs, 0)} ms`],
      [
        !judgesTimes(scale) || timesOutput < MOST_TIMES_OUTPUT,
        `the heap grew by ${rounded(timesOutput)} times the answer`,
      ],
      [scale < 1 || slices > 1, 'it was written in one piece'],
    ]);
  },
};

/** Without what the process says of itself, which is another with each answer. */
function ofSamples(text: Buffer): Buffer {
  const lines = text.toString().split('\n');
  return Buffer.from(lines.filter((line) => line.startsWith('probe_')).join('\n'));
}
