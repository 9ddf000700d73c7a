import { constants } from 'node:http2';
import { describe, expect, test } from 'vitest';
import { http } from '../../../src/probers/http.ts';
import { eventually } from '../../support/eventually.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import {
  data,
  frame,
  goAway,
  headers,
  OK,
  resetStream,
  SETTINGS,
} from '../../support/http2-frames.ts';
import { at, type Http2Answer, hello, http2Peers } from '../../support/http2-peers.ts';
import { openSockets } from '../../support/open-sockets.ts';
import { probe } from '../../support/probe.ts';
import { type TestServer, tlsServer } from '../../support/servers.ts';

const { localhost, serving, trusted } = http2Peers(authorityOfThisFile());

const STATUS_200 = headers(OK);

/** Answers the first request with these bytes, a moment apart. */
const framed =
  (...parts: (Buffer | string)[]) =>
  () =>
    tlsServer({ ...localhost(), ALPNProtocols: ['h2'] }, (socket) => {
      socket.once('data', async () => {
        for (const part of parts) {
          socket.write(part);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      });
    });

describe('a peer that speaks HTTP/2 and', () => {
  const { NGHTTP2_REFUSED_STREAM, NGHTTP2_INTERNAL_ERROR, NGHTTP2_CANCEL } = constants;
  const { NGHTTP2_NO_ERROR, NGHTTP2_PROTOCOL_ERROR, NGHTTP2_ENHANCE_YOUR_CALM } = constants;
  // HPACK: "content-length: 9", the name indexed.
  const nine = frame(1, 1, Buffer.of(0x88, 0x0f, 0x0d, 1, 0x39), 4);

  test.each<[string, () => Promise<TestServer>, string, RegExp]>([
    [
      'trap 29: resets the stream',
      framed(SETTINGS, resetStream(NGHTTP2_REFUSED_STREAM)),
      'reset',
      /ended the stream before it answered \(HTTP\/2 REFUSED_STREAM\)/,
    ],
    [
      'trap 29: cancels the stream',
      framed(SETTINGS, resetStream(NGHTTP2_CANCEL)),
      'reset',
      /ended the stream before it answered \(HTTP\/2 CANCEL\)/,
    ],
    [
      'resets the stream within the body',
      framed(SETTINGS, STATUS_200, data('half'), resetStream(NGHTTP2_INTERNAL_ERROR)),
      'reset',
      /ended the stream before the body was complete \(HTTP\/2 INTERNAL_ERROR\)/,
    ],
    [
      'cancels the stream within the body',
      framed(SETTINGS, STATUS_200, data('half'), resetStream(NGHTTP2_CANCEL)),
      'reset',
      /ended the stream before the body was complete \(HTTP\/2 CANCEL\)/,
    ],
    [
      'understands nothing',
      framed(SETTINGS, resetStream(NGHTTP2_PROTOCOL_ERROR)),
      'protocol',
      /\(HTTP\/2 PROTOCOL_ERROR\)/,
    ],
    [
      'has a code of its own',
      framed(SETTINGS, resetStream(4711)),
      'reset',
      /\(HTTP\/2 error 4711\)/,
    ],
    [
      'trap 29: goes away',
      framed(SETTINGS, goAway(NGHTTP2_NO_ERROR)),
      'reset',
      /ended the connection before it answered \(HTTP\/2 NO_ERROR\)/,
    ],
    [
      'goes away for a reason',
      framed(SETTINGS, goAway(NGHTTP2_ENHANCE_YOUR_CALM)),
      'reset',
      /ended the connection before it answered \(HTTP\/2 ENHANCE_YOUR_CALM\)/,
    ],
    [
      'goes away within the body',
      framed(SETTINGS, STATUS_200, data('half'), goAway(NGHTTP2_INTERNAL_ERROR, 1)),
      'reset',
      /ended the connection before the body was complete \(HTTP\/2 INTERNAL_ERROR\)/,
    ],
    [
      'sends less than it said',
      framed(SETTINGS, nine, data('half', 1)),
      'protocol',
      /\(HTTP\/2 PROTOCOL_ERROR\)/,
    ],
    ['says garbage', framed('SSH-2.0-canary\r\n'.repeat(10)), 'protocol', /is not valid HTTP\/2/],
    [
      'says HTTP/1.1',
      framed('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\ncanary'),
      'protocol',
      /is not valid HTTP\/2/,
    ],
    [
      'says garbage within the body',
      framed(SETTINGS, STATUS_200, data('half'), frame(0, 0, 'canary'.repeat(4))),
      'protocol',
      /is not valid HTTP\/2/,
    ],
  ])('%s fails for that', async (_title, start, reason, message) => {
    const server = await start();
    const outcome = await probe(http, at(server), trusted());
    expect(outcome.failure?.message).toMatch(message);
    expect(outcome.failure?.reason).toBe(reason);
    expect(outcome.failure?.message).toContain(`localhost:${server.port}`);
    expect(outcome.failure?.message).not.toContain('canary');
    await server.emptied();
  });

  test('goes away, but answers first, is healthy', async () => {
    const start = framed(SETTINGS, goAway(NGHTTP2_NO_ERROR, 1), STATUS_200, data('whole', 1));
    const outcome = await probe(http, at(await start()), trusted());
    expect(outcome.failure).toBeUndefined();
  });

  test.each([
    ['closes the connection', [SETTINGS], 'before it answered'],
    [
      'closes the connection within the body',
      [SETTINGS, STATUS_200, data('half')],
      'before the body was complete',
    ],
  ])('%s fails with protocol', async (_title, parts, when) => {
    const server = await tlsServer({ ...localhost(), ALPNProtocols: ['h2'] }, (socket) => {
      socket.once('data', () => socket.end(Buffer.concat(parts)));
    });
    const outcome = await probe(http, at(server), trusted());
    expect(outcome.failure?.message).toBe(`localhost:${server.port} closed the connection ${when}`);
    expect(outcome.failure?.reason).toBe('protocol');
    await server.emptied();
  });

  const begun: Http2Answer = (stream) => {
    stream.respond({ 'content-length': 9 });
    stream.write('half');
  };

  test('resets the connection fails with reset', async () => {
    const server = await serving((stream, headers) => {
      begun(stream, headers);
      setTimeout(() => server.sockets[0]?.resetAndDestroy(), 50);
    });
    const outcome = await probe(http, at(server), trusted());
    expect(outcome.failure?.reason).toBe('reset');
    expect(outcome.failure?.message).toContain('reset the connection before the body');
    expect(outcome.value('probe_http_uncompressed_body_length')).toBe(4);
  });

  test.each<[string, () => Promise<TestServer>]>([
    ['says nothing, not even its settings', framed()],
    ['does not answer', () => serving(() => {})],
    ['stops within its body', () => serving(begun)],
    [
      'drips its body',
      () =>
        serving((stream) => {
          stream.respond({});
          const timer = setInterval(() => stream.write('x'), 10);
          stream.on('close', () => clearInterval(timer));
        }),
    ],
  ])('trap 1: %s is left at T', async (_title, start) => {
    const server = await start();
    const outcome = await probe(http, at(server), trusted(), { timeoutSeconds: 0.4 });
    expect(outcome.failure?.reason).toBe('timeout');
    await server.emptied();
  });

  test('with a bad status and a broken body has a bad status', async () => {
    const server = await serving((stream) => {
      stream.respond({ ':status': 503 });
      stream.write('half');
      setTimeout(() => stream.close(NGHTTP2_INTERNAL_ERROR), 20);
    });
    expect((await probe(http, at(server), trusted())).failure?.reason).toBe('status');
  });

  test.each<[string, Http2Answer, string | undefined]>([
    ['answers', hello, undefined],
    ['resets', (stream) => stream.close(NGHTTP2_REFUSED_STREAM), 'reset'],
    ['is silent', () => {}, 'timeout'],
  ])('%s leaves no socket open of many probes', async (_title, answer, reason) => {
    const server = await serving(answer);
    const before = openSockets();
    const time = { timeoutSeconds: reason === 'timeout' ? 1 : 5 };
    const probes = Array.from({ length: 10 }, () => probe(http, at(server), trusted(), time));
    const reasons = (await Promise.all(probes)).map(({ failure }) => failure?.reason);
    expect(new Set(reasons)).toEqual(new Set([reason]));
    await eventually(() => expect(openSockets()).toBeLessThanOrEqual(before));
  });
});
