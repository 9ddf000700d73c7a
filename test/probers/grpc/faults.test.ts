import {
  constants,
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { grpc } from '../../../src/probers/grpc.ts';
import { eventually } from '../../support/eventually.ts';
import { forThisTest } from '../../support/for-this-test.ts';
import { loopback } from '../../support/loopback.ts';
import { probe } from '../../support/probe.ts';
import { tcpServer } from '../../support/servers.ts';

type Talk = (
  stream: ServerHttp2Stream,
  session: ServerHttp2Session,
  headers: IncomingHttpHeaders,
) => void;

const SERVING = Buffer.of(0, 0, 0, 0, 2, 8, 1);
const GRPC = { ':status': 200, 'content-type': 'application/grpc' };

/** A server that does on every stream what the test says. */
function http2Server(talk: Talk) {
  const server = createServer();
  server.on('session', (session) => {
    session.on('error', () => {});
    session.on('stream', (stream, headers) => {
      stream.on('error', () => {});
      talk(stream, session, headers);
    });
  });
  return forThisTest(loopback(server));
}

/** Answers with these bytes and trailers. */
function answering(
  headers: OutgoingHttpHeaders,
  body: Buffer,
  trailers: OutgoingHttpHeaders = {},
): Talk {
  return (stream) => {
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.respond(headers, { waitForTrailers: true });
    stream.end(body);
  };
}

/** Answers with headers only, which is how gRPC says most errors. */
function trailersOnly(headers: OutgoingHttpHeaders): Talk {
  return (stream) => stream.respond(headers, { endStream: true });
}

const bodyOf = (body: Buffer): Talk => answering(GRPC, body, { 'grpc-status': 0 });

describe('an answer', () => {
  test.each<[string, Talk]>([
    ['in one piece', bodyOf(SERVING)],
    [
      'with the codec in its content type',
      answering({ ...GRPC, 'content-type': 'application/grpc+proto' }, SERVING, {
        'grpc-status': 0,
      }),
    ],
    ['with fields of later days', bodyOf(Buffer.of(0, 0, 0, 0, 7, 0x12, 1, 0x61, 8, 1, 0x18, 0))],
    [
      'in many pieces',
      (stream) => {
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': 0 }));
        stream.respond(GRPC, { waitForTrailers: true });
        for (const byte of SERVING) stream.write(Buffer.of(byte));
        stream.end();
      },
    ],
  ])('%s is understood', async (_what, talk) => {
    const server = await http2Server(talk);
    expect((await probe(grpc, `127.0.0.1:${server.port}`)).failure).toBeUndefined();
  });

  test.each<[string, Talk, number, string]>([
    ['a status in trailers only', trailersOnly({ ...GRPC, 'grpc-status': 14 }), 14, 'status'],
    ['a status after a message', answering(GRPC, SERVING, { 'grpc-status': 8 }), 8, 'status'],
    ['a status nobody knows', trailersOnly({ ...GRPC, 'grpc-status': 77 }), 77, 'status'],
    [
      'a status beside HTTP 503',
      trailersOnly({ ...GRPC, ':status': 503, 'grpc-status': 5 }),
      5,
      'status',
    ],
    [
      'OK beside HTTP 503',
      trailersOnly({ ...GRPC, ':status': 503, 'grpc-status': 0 }),
      14,
      'status',
    ],
    ['HTTP 400', trailersOnly({ ':status': 400 }), 13, 'status'],
    ['HTTP 401', trailersOnly({ ':status': 401 }), 16, 'status'],
    ['HTTP 403', trailersOnly({ ':status': 403 }), 7, 'status'],
    ['HTTP 404', trailersOnly({ ':status': 404 }), 12, 'status'],
    ['HTTP 429', trailersOnly({ ':status': 429 }), 14, 'status'],
    ['HTTP 502', trailersOnly({ ':status': 502 }), 14, 'status'],
    ['HTTP 500', trailersOnly({ ':status': 500 }), 2, 'status'],
    ['HTTP 301', trailersOnly({ ':status': 301, location: '/canary' }), 2, 'status'],
    [
      'a page',
      answering({ ':status': 200, 'content-type': 'text/html' }, Buffer.from('canary')),
      2,
      'protocol',
    ],
    [
      'a page without end',
      (stream) => {
        stream.respond({ ':status': 200 });
        stream.write('canary');
      },
      2,
      'protocol',
    ],
    [
      'another content type that begins alike',
      answering({ ...GRPC, 'content-type': 'application/grpcx' }, SERVING),
      2,
      'protocol',
    ],
    [
      'no status at all',
      (stream) => {
        stream.respond(GRPC);
        stream.end(SERVING);
      },
      13,
      'protocol',
    ],
    ['trailers without a status', answering(GRPC, SERVING, { canary: 'canary' }), 2, 'protocol'],
    [
      'a status that is no number',
      answering(GRPC, SERVING, { 'grpc-status': 'canary' }),
      2,
      'protocol',
    ],
    ['OK without a message', trailersOnly({ ...GRPC, 'grpc-status': 0 }), 13, 'protocol'],
    ['half a frame head', bodyOf(SERVING.subarray(0, 3)), 13, 'protocol'],
    ['half a message', bodyOf(SERVING.subarray(0, 6)), 13, 'protocol'],
    ['two messages', bodyOf(Buffer.concat([SERVING, SERVING])), 13, 'protocol'],
    ['a compressed message', bodyOf(Buffer.of(1, 0, 0, 0, 2, 8, 1)), 13, 'protocol'],
    ['a message that is garbage', bodyOf(Buffer.of(0, 0, 0, 0, 2, 0xff, 0xff)), 13, 'protocol'],
    [
      'a frame longer than any honest one',
      bodyOf(Buffer.of(0, 255, 255, 255, 255, 8, 1)),
      8,
      'protocol',
    ],
    [
      'a message without end',
      (stream) => {
        stream.respond(GRPC);
        stream.write(Buffer.alloc(200_000, 1));
      },
      8,
      'protocol',
    ],
  ])('trap 35: of %s fails for that', async (_what, talk, code, reason) => {
    const server = await http2Server(talk);
    const outcome = await probe(grpc, `127.0.0.1:${server.port}`);
    expect(outcome.failure?.reason).toBe(reason);
    expect(outcome.value('probe_grpc_status_code')).toBe(code);
    expect(JSON.stringify([outcome.failure, outcome.log])).not.toContain('canary');
    const serving = { serving_status: 'SERVING' };
    expect(outcome.value('probe_grpc_healthcheck_response', serving)).toBe(0);
  });
});

describe('a call', () => {
  test.each([
    ['NO_ERROR', constants.NGHTTP2_NO_ERROR, 13],
    ['PROTOCOL_ERROR', constants.NGHTTP2_PROTOCOL_ERROR, 13, 'protocol'],
    ['INTERNAL_ERROR', constants.NGHTTP2_INTERNAL_ERROR, 13],
    ['REFUSED_STREAM', constants.NGHTTP2_REFUSED_STREAM, 14],
    ['CANCEL', constants.NGHTTP2_CANCEL, 1],
    ['ENHANCE_YOUR_CALM', constants.NGHTTP2_ENHANCE_YOUR_CALM, 8],
    ['INADEQUATE_SECURITY', constants.NGHTTP2_INADEQUATE_SECURITY, 7],
  ])(
    'trap 35: that is reset with %s has the status for that',
    async (name, reset, code, reason = 'reset') => {
      const server = await http2Server((stream) => stream.close(reset));
      const outcome = await probe(grpc, `127.0.0.1:${server.port}`);
      expect(outcome.failure).toEqual({
        reason,
        message: `127.0.0.1:${server.port} reset the call: ${name}`,
      });
      expect(outcome.value('probe_grpc_status_code')).toBe(code);
    },
  );

  test.each<[string, Talk, string]>([
    [
      'ends the connection by GOAWAY with an error',
      (_stream, session) => session.goaway(11),
      'reset',
    ],
    ['closes the connection', (_stream, session) => session.destroy(), 'protocol'],
  ])('whose server %s is unavailable', async (_what, talk, reason) => {
    const server = await http2Server(talk);
    const outcome = await probe(grpc, `127.0.0.1:${server.port}`);
    expect(outcome.failure?.reason).toBe(reason);
    expect(outcome.value('probe_grpc_status_code')).toBe(14);
  });

  test('takes its leave of the server when it is over', async () => {
    const goodbyes: number[] = [];
    const server = await http2Server((stream, session) => {
      session.on('goaway', (code) => goodbyes.push(code));
      bodyOf(SERVING)(stream, session, {});
    });
    await probe(grpc, `127.0.0.1:${server.port}`);
    await eventually(() => expect(goodbyes).toEqual([0]));
  });

  test('writes bytes in metadata as base64 without padding', async () => {
    const heard: unknown[] = [];
    const server = await http2Server((stream, session, headers) => {
      heard.push(headers['some-bin'], headers.te, headers['grpc-timeout']);
      bodyOf(SERVING)(stream, session, headers);
    });
    const metadata = { 'some-bin': ['test'] };
    await probe(grpc, `127.0.0.1:${server.port}`, { metadata });
    expect(heard).toEqual(['dGVzdA', 'trailers', '5000m']);
  });

  test('that is answered before a GOAWAY without an error is fine', async () => {
    const server = await http2Server((stream, session) => {
      session.goaway(0, 2 ** 31 - 1);
      bodyOf(SERVING)(stream, session, {});
    });
    expect((await probe(grpc, `127.0.0.1:${server.port}`)).failure).toBeUndefined();
  });
});

// Frames of HTTP/2: empty settings, and "go away, not even stream 1 was begun".
const SETTINGS = Buffer.of(0, 0, 0, 4, 0, 0, 0, 0, 0);
const GOAWAY = Buffer.of(0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

describe('a peer', () => {
  const onData = (talk: (socket: Socket) => void) => (socket: Socket) =>
    void socket.once('data', () => talk(socket));

  test.each<[string, (socket: Socket) => void, string]>([
    ['closes at once', (socket) => void socket.end(), 'protocol'],
    ['closes when it is asked', onData((socket) => socket.end()), 'protocol'],
    [
      'goes away before the call',
      onData((socket) => socket.write(Buffer.concat([SETTINGS, GOAWAY]))),
      'reset',
    ],
    ['resets', onData((socket) => socket.resetAndDestroy()), 'reset'],
    [
      'speaks HTTP/1.1',
      onData((socket) => socket.write('HTTP/1.1 400 canary\r\n\r\n')),
      'protocol',
    ],
    ['speaks something else', (socket) => void socket.write('220 canary ESMTP\r\n'), 'protocol'],
  ])('that %s is unavailable', async (_what, talk, reason) => {
    const server = await tcpServer(talk);
    const outcome = await probe(grpc, `127.0.0.1:${server.port}`);
    expect(outcome.failure?.reason).toBe(reason);
    expect(outcome.failure?.message).toContain(`127.0.0.1:${server.port}`);
    expect(outcome.failure?.message).not.toContain('canary');
    expect(outcome.value('probe_grpc_status_code')).toBe(14);
    await server.emptied();
  });

  test.each<[string, Record<string, unknown>]>([
    ['plain', {}],
    ['with TLS', { tls: true }],
  ])('trap 1: that accepts and is silent is left at T, %s', async (_what, options) => {
    const server = await tcpServer();
    const target = `127.0.0.1:${server.port}`;
    const outcome = await probe(grpc, target, options, { timeoutSeconds: 0.3 });
    expect(outcome.failure?.reason).toBe('timeout');
    expect(outcome.value('probe_grpc_status_code')).toBeUndefined();
    await server.emptied();
  });

  test.each<[string, Talk]>([
    ['never answers', () => {}],
    ['sends headers only', (stream) => stream.respond(GRPC)],
    [
      'stops within its message',
      (stream) => {
        stream.respond(GRPC);
        stream.write(SERVING.subarray(0, 5));
      },
    ],
    [
      'drips',
      (stream) => {
        stream.respond(GRPC);
        stream.write(Buffer.of(0, 0, 0, 255, 255));
        const timer = setInterval(() => stream.write('x'), 10);
        stream.on('close', () => clearInterval(timer));
      },
    ],
    [
      'only says 100',
      (stream) => {
        const timer = setInterval(() => stream.additionalHeaders({ ':status': 102 }), 10);
        stream.on('close', () => clearInterval(timer));
      },
    ],
  ])('trap 1: that speaks HTTP/2 and %s is left at T', async (_what, talk) => {
    const server = await http2Server(talk);
    const target = `127.0.0.1:${server.port}`;
    const outcome = await probe(grpc, target, {}, { timeoutSeconds: 0.3 });
    expect(outcome.failure?.reason).toBe('timeout');
    await expect.poll(() => server.open()).toBe(0);
  });
});
