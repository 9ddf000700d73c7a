import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { http } from '../../../src/probers/http.ts';
import { httpLoopback } from '../../support/loopback.ts';
import { probe } from '../../support/probe.ts';

const MEBIBYTE = 1024 * 1024;
const MEMBER_MEBIBYTES = 100;
/** Some 10 MB that become 10 GB. */
const MEMBERS = 100;
const MAX_GROWTH_MEBIBYTES = 20;

/** Bodies a thousand times as large as what is sent, read to their end without a limit and with one. */
export const scenario = {
  name: 'compression-bombs',
  proof: [10],
  title: 'a compressed body that grows a thousandfold takes less than 20 MiB of memory',
  run: async (scale: number) => {
    const members = Math.max(1, Math.round(MEMBERS * scale));
    const zeros = Buffer.alloc(MEMBER_MEBIBYTES * MEBIBYTE);
    const gzip = gzipSync(zeros);
    // Only gzip has members: of the others one stream of a part of the length.
    const bombs = [
      { what: 'gzip', compression: 'gzip', body: gzip, times: members },
      { what: 'gzip with a limit', compression: 'gzip', body: gzip, times: members, limit: '1MB' },
      { what: 'deflate', compression: 'deflate', body: deflateSync(zeros), times: 1 },
      { what: 'br', compression: 'br', body: brotliCompressSync(zeros, QUICK), times: 1 },
      { what: 'gzip in gzip', compression: 'gzip', body: gzipSync(gzip), times: 1 },
    ];
    const figures: Record<string, number> = {};
    for (const bomb of bombs) {
      const { growthMebibytes, sentMebibytes } = await growthOf(bomb);
      figures[`${bomb.what}: sent, MiB`] = round(sentMebibytes);
      figures[`${bomb.what}: memory growth at most, MiB`] = round(growthMebibytes);
      if (growthMebibytes >= MAX_GROWTH_MEBIBYTES) {
        throw new Error(`${bomb.what} took ${round(growthMebibytes)} MiB`);
      }
    }
    return { figures };
  },
};

const QUICK = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

interface Bomb {
  readonly compression: string;
  readonly body: Buffer;
  readonly times: number;
  readonly limit?: string;
}

async function growthOf({ compression, body, times, limit }: Bomb) {
  await using server = await httpLoopback((_request, response) => {
    Readable.from(Array(times).fill(body))
      .on('error', () => {})
      .pipe(response);
  });
  const memory = watchMemory();
  const options = { compression, ...(limit && { body_size_limit: limit }) };
  const url = `http://127.0.0.1:${server.port}/`;
  const { failure, success } = await probe(http, url, options, { timeoutSeconds: 300 });
  const growthMebibytes = memory.stop();
  const isRight = limit ? failure?.reason === 'body' : success;
  if (!isRight) throw new Error(`${compression}: ${failure?.message ?? 'was called healthy'}`);
  return { growthMebibytes, sentMebibytes: (body.length * times) / MEBIBYTE };
}

/** What is kept, garbage left out, looked at twice a second. */
function watchMemory() {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const kept = () => {
    // What the first frees of buffers is counted as free only once the second has begun.
    collect();
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return (heapUsed + external) / MEBIBYTE;
  };
  const base = kept();
  let most = base;
  const look = () => {
    most = Math.max(most, kept());
  };
  const timer = setInterval(look, 500);
  return {
    stop: () => {
      clearInterval(timer);
      look();
      return most - base;
    },
  };
}

function round(figure: number): number {
  return Math.round(figure * 10) / 10;
}
