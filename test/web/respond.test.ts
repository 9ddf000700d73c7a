import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import express from 'express';
import { describe, expect, test } from 'vitest';
import { goneSignal, sendSlices, streamSlices } from '../../src/web/respond.ts';
import { listen } from '../../src/web/server.ts';
import { eventually } from '../support/eventually.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { httpGet } from '../support/http-get.ts';
import { rawClient } from '../support/raw-client.ts';
import { serverParts } from '../support/web-application.ts';

const SLICE = 'probe_success{check="a"} 1\n'.repeat(2500);

/** A server that answers with these slices. Resolves to its URL. */
async function serve(
  slices: () => Generator<string, void>,
  send: typeof streamSlices = sendSlices,
): Promise<string> {
  const application = express();
  application.get('/', (request, response) => send(request, response, 'text/plain', slices()));
  const place = { host: '127.0.0.1', port: 0 };
  const { address, stop } = await listen(application, place, serverParts());
  await forThisTest({ [Symbol.asyncDispose]: () => stop(0) });
  return `http://127.0.0.1:${address.port}/`;
}

describe('an answer of several slices', () => {
  test.each([0, 1, 2, 40])('is whole, zipped or not, where there are %i', async (count) => {
    const url = await serve(() => numbered(count));
    const plain = await httpGet(url);
    const zipped = await httpGet(url, { 'accept-encoding': 'gzip' });
    const expected = [...numbered(count)].join('');
    expect(plain.body.toString()).toBe(expected);
    expect(plain.headers['content-length']).toBe(String(expected.length));
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(zipped.headers['content-length']).toBe(String(zipped.body.length));
    expect(gunzipSync(zipped.body).toString()).toBe(expected);
  });

  test.each([
    [sendSlices, {}],
    [sendSlices, { 'accept-encoding': 'gzip' }],
    [streamSlices, {}],
    [streamSlices, { 'accept-encoding': 'gzip' }],
  ])('lets everybody else have a turn between two of them (%o, %j)', async (send, headers) => {
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    const writtenAt: number[] = [];
    function* slices() {
      for (let index = 0; index < 10; index++) {
        writtenAt.push(turns);
        yield SLICE;
      }
    }
    const url = await serve(slices, send);
    turn();
    await httpGet(url, headers);
    isOver = true;
    expect(writtenAt).toHaveLength(10);
    // The first is written before the turns are counted, and may share its number with the second.
    expect(new Set(writtenAt.slice(1)).size, 'each in a turn of its own').toBe(9);
  });

  test.each([sendSlices, streamSlices])(
    'is written no further once the client has left (%o)',
    async (send) => {
      const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
      const { promise: ended, resolve: end } = Promise.withResolvers<void>();
      function* endless() {
        try {
          for (;;) {
            begin();
            yield 'x';
          }
        } finally {
          end();
        }
      }
      const url = await serve(endless, send);
      const client = new AbortController();
      const asked = httpGet(url, { 'accept-encoding': 'gzip' }, { signal: client.signal });
      await begun;
      client.abort();
      await expect(asked).rejects.toThrow('aborted');
      await ended;
    },
  );
});

describe('an answer that is streamed', () => {
  test.each([0, 1, 2, 40])('is whole, zipped or not, where there are %i slices', async (count) => {
    const url = await serve(() => numbered(count), streamSlices);
    const plain = await httpGet(url);
    const zipped = await httpGet(url, { 'accept-encoding': 'gzip' });
    const expected = [...numbered(count)].join('');
    expect(plain.body.toString()).toBe(expected);
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(zipped.body).toString()).toBe(expected);
    const length = count < 2 ? String(expected.length) : undefined;
    expect(plain.headers['content-length'], 'known of one slice only').toBe(length);
  });

  test('is written no faster than it is taken', async () => {
    let written = 0;
    function* many() {
      for (const slice of numbered(MORE_THAN_KERNELS_BUFFER)) {
        written++;
        yield slice;
      }
    }
    const url = await serve(many, streamSlices);
    const client = await forThisTest(rawClient(Number(new URL(url).port)));
    client.socket.pause();
    client.send('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    let before = 0;
    // Until nothing more is written although everybody has had many turns.
    await eventually(() => {
      const since = written - before;
      before = written;
      expect([written > 0, since]).toEqual([true, 0]);
    });
    expect(written).toBeLessThan(MORE_THAN_KERNELS_BUFFER / 2);
    client.socket.resume();
    await client.closed;
    expect(written).toBe(MORE_THAN_KERNELS_BUFFER);
  });

  test('that fails halfway is cut off and cannot pass for a whole one', async () => {
    function* broken() {
      yield* numbered(5);
      throw new Error('a slice that cannot be written');
    }
    await expect(httpGet(await serve(broken, streamSlices))).rejects.toThrow('aborted');
  });
});

/** Slices: 70 kB each. */
const MORE_THAN_KERNELS_BUFFER = 1000;

function* numbered(count: number): Generator<string, void> {
  for (let index = 0; index < count; index++) yield `${index} ${SLICE}`;
}

test('who has hung up already is known to be gone', () => {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  expect(goneSignal(response).aborted).toBe(false);
  response.destroy();
  expect(goneSignal(response).aborted).toBe(true);
});
