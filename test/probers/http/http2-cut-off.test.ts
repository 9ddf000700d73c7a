import { constants } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { http } from '../../../src/probers/http.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import {
  data,
  END_STREAM,
  field,
  headers,
  OK,
  resetStream,
  SETTINGS,
} from '../../support/http2-frames.ts';
import { probe } from '../../support/probe.ts';
import { tlsServer } from '../../support/servers.ts';

const authority = authorityOfThisFile();
const RESET = resetStream(constants.NGHTTP2_NO_ERROR);
/** More than the client reads ahead. */
const LARGE = Array.from({ length: 3 }, () => data('x'.repeat(16_000)));

/** Probes a server that answers with these writes, a moment apart. */
async function answered(writes: readonly Buffer[][], options: object) {
  const identity = authority().issue({ names: 'DNS:localhost' });
  const server = await tlsServer({ ...identity, ALPNProtocols: ['h2'] }, (socket) => {
    socket.once('data', async () => {
      socket.write(SETTINGS);
      for (const frames of writes) {
        await sleep(20);
        socket.write(Buffer.concat(frames));
      }
    });
  });
  const tls_config = { ca_file: authority().certFile };
  const outcome = await probe(http, `https://localhost:${server.port}`, { ...options, tls_config });
  await server.emptied();
  return outcome;
}

describe.each<[string, object]>([
  ['GET', {}],
  ['POST', { method: 'POST', body: 'body' }],
])('an answer over HTTP/2 to %s', (_method, options) => {
  test.each<[string, Buffer[][]]>([
    ['of headers', [[headers(OK)], [RESET]]],
    ['of headers, at once', [[headers(OK), RESET]]],
    ['of data', [[headers(OK), data('hello')], [RESET]]],
    ['of data, at once', [[headers(OK), data('hello'), RESET]]],
    ['of much data', [[headers(OK), ...LARGE], [RESET]]],
    ['of much data, at once', [[headers(OK), ...LARGE, RESET]]],
  ])('%s, cut off by a reset without an error, is not whole', async (_what, writes) => {
    const { failure } = await answered(writes, options);
    expect(failure?.message).toMatch(/ended the stream before .* \(HTTP\/2 NO_ERROR\)$/);
    expect(failure?.reason).toBe('reset');
  });

  const trailers = headers(field('x-sum', '1'), END_STREAM);
  test.each<[string, Buffer[]]>([
    ['headers', [headers(OK, END_STREAM)]],
    ['data', [headers(OK), data('hello', END_STREAM)]],
    ['an empty frame', [headers(OK), data('hello'), data('', END_STREAM)]],
    ['much data', [headers(OK), ...LARGE, data('hello', END_STREAM)]],
    ['trailers', [headers(OK), data('hello'), trailers]],
  ])('that ends with %s is whole, with a reset behind it or not', async (_what, frames) => {
    for (const writes of [[frames], [[...frames, RESET]], [frames, [RESET]]]) {
      expect((await answered(writes, options)).failure).toBeUndefined();
    }
  });
});

test('an answer over HTTP/2 that is cut off is not whole because what it compresses is', async () => {
  const frames = [headers(OK), data(gzipSync('hello'))];
  const compression = 'gzip';
  for (const writes of [[[...frames, RESET]], [frames, [RESET]]]) {
    expect((await answered(writes, { compression })).failure?.reason).toBe('reset');
  }
});

test('an answer over HTTP/2 may be whole before the request is', async () => {
  const body = 'x'.repeat(1_000_000);
  const frames = [headers(OK), data('hello', END_STREAM)];
  for (const writes of [[[...frames, RESET]], [frames, [RESET]]]) {
    expect((await answered(writes, { method: 'POST', body })).failure).toBeUndefined();
  }
});
