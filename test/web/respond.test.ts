import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import express from 'express';
import { describe, expect, test } from 'vitest';
import { goneSignal, sendSlices } from '../../src/web/respond.ts';
import { listen } from '../../src/web/server.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { httpGet } from '../support/http-get.ts';
import { serverParts } from '../support/web-application.ts';

const SLICE = 'probe_success{check="a"} 1\n'.repeat(2500);

/** A server that answers with these slices. Resolves to its URL. */
async function serve(slices: () => Iterable<string>): Promise<string> {
  const application = express();
  application.get('/', (request, response) =>
    sendSlices(request, response, 'text/plain', slices()),
  );
  const place = { host: '127.0.0.1', port: 0 };
  const { address, stop } = await listen(application, place, serverParts());
  await forThisTest({ [Symbol.asyncDispose]: () => stop(0) });
  return `http://127.0.0.1:${address.port}/`;
}

describe('an answer of several slices', () => {
  test.each([0, 1, 2, 40])('is whole, zipped or not, where there are %i', async (count) => {
    const url = await serve(() => Array.from({ length: count }, (_, index) => `${index} ${SLICE}`));
    const plain = await httpGet(url);
    const zipped = await httpGet(url, { 'accept-encoding': 'gzip' });
    const expected = Array.from({ length: count }, (_, index) => `${index} ${SLICE}`).join('');
    expect(plain.body.toString()).toBe(expected);
    expect(plain.headers['content-length']).toBe(String(expected.length));
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(zipped.headers['content-length']).toBe(String(zipped.body.length));
    expect(gunzipSync(zipped.body).toString()).toBe(expected);
  });

  test.each([{}, { 'accept-encoding': 'gzip' }])(
    'lets everybody else have a turn between two of them (%j)',
    async (headers) => {
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
      const url = await serve(slices);
      turn();
      await httpGet(url, headers);
      isOver = true;
      expect(writtenAt).toHaveLength(10);
      // The first is written before the turns are counted, and may share its number with the second.
      expect(new Set(writtenAt.slice(1)).size, 'each in a turn of its own').toBe(9);
    },
  );

  test('is written no further once the client has left', async () => {
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
    const url = await serve(endless);
    const client = new AbortController();
    const asked = httpGet(url, { 'accept-encoding': 'gzip' }, { signal: client.signal });
    await begun;
    client.abort();
    await expect(asked).rejects.toThrow('aborted');
    await ended;
  });
});

test('who has hung up already is known to be gone', () => {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  expect(goneSignal(response).aborted).toBe(false);
  response.destroy();
  expect(goneSignal(response).aborted).toBe(true);
});
