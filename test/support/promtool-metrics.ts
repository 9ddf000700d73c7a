import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ExposedSample } from './exposition.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const run = promisify(execFile);

/** What `promtool check metrics` says of a text: empty where it finds nothing wrong. */
export async function checkMetrics(text: string): Promise<string> {
  await using directory = await temporaryDirectory();
  const file = await directory.write('metrics.txt', text);
  const script = 'promtool check metrics < "$1" 2>&1 || true';
  return (await run('sh', ['-c', script, 'sh', file])).stdout;
}

/**
 * Has Prometheus' own parser read an OpenMetrics text and its database keep it.
 *
 * @returns what the database holds then. A label without text is not there: to Prometheus that is the same.
 */
export async function storedByPrometheus(openMetrics: string): Promise<ExposedSample[]> {
  await using directory = await temporaryDirectory();
  const file = await directory.write('metrics.txt', stamped(openMetrics));
  const data = join(directory.path, 'data');
  await run('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', file, data]);
  // It is looked for though there is nothing in it.
  await mkdir(join(data, 'wal'));
  const options = { maxBuffer: Number.POSITIVE_INFINITY };
  const { stdout } = await run('promtool', ['tsdb', 'dump', data], options);
  return stdout.trimEnd().split('\n').map(readDumped);
}

/** With a time for every sample, which the database wants and our own text leaves to the scrape. */
function stamped(openMetrics: string): string {
  const isSample = (line: string) => line !== '' && !line.startsWith('#');
  const lines = openMetrics.split('\n').map((line) => (isSample(line) ? `${line} 1` : line));
  return lines.join('\n');
}

const DUMPED = /^\{(?<labels>.*)\} (?<value>\S+) \d+$/;
const LABEL = /(?<name>\w+)=(?<quoted>"(?:[^"\\]|\\.)*")/g;

function readDumped(line: string): ExposedSample {
  const { labels = '', value = '' } = DUMPED.exec(line)?.groups ?? {};
  const { __name__: name = '', ...rest } = Object.fromEntries(
    [...labels.matchAll(LABEL)].map(({ groups }) => [
      groups?.name ?? '',
      unquoted(groups?.quoted ?? ''),
    ]),
  );
  return { name, labels: rest, value: Number(value.replace('Inf', 'Infinity')) };
}

const GO_ESCAPE = /\\(?:U(?<long>\w{8})|u(?<short>\w{4})|x(?<byte>\w\w)|(?<one>.))/g;
const GO_CHARACTERS: Readonly<Record<string, string>> = {
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
};

/** What Go's strconv.Quote made of a text that is valid UTF-8. */
function unquoted(text: string): string {
  return text.slice(1, -1).replaceAll(GO_ESCAPE, (...match) => {
    const { long, short, byte, one = '' } = match.at(-1) as Record<string, string | undefined>;
    const code = long ?? short ?? byte;
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
    return GO_CHARACTERS[one] ?? one;
  });
}
