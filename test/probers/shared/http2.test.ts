import { createServer as createTcp, type Socket } from 'node:net';
import { createServer as createTls } from 'node:tls';
import { describe, expect, test } from 'vitest';
import type { Prober } from '../../../src/probers/contract.ts';
import { grpc } from '../../../src/probers/grpc.ts';
import { http } from '../../../src/probers/http.ts';
import { eventually } from '../../support/eventually.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import { raw } from '../../support/http-peers.ts';
import {
  data,
  EARLY_HINTS,
  END_STREAM,
  field,
  frame,
  goAway,
  headers,
  OK,
  PING,
  SETTINGS,
} from '../../support/http2-frames.ts';
import { openSockets } from '../../support/open-sockets.ts';
import { probe } from '../../support/probe.ts';
import { startServer, type TestServer, tcpServer } from '../../support/servers.ts';

const authority = authorityOfThisFile();

/** Answers a request with these frames and never closes, but talks on for as long as anybody is there. */
const staying =
  (frames: readonly Buffer[]) =>
  (socket: Socket): void => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(Buffer.concat([SETTINGS, ...frames]));
      const timer = setInterval(() => socket.write(PING), 20);
      socket.on('close', () => clearInterval(timer));
    });
    socket.resume();
  };

const plainServer = (talk: (socket: Socket) => void) =>
  startServer(createTcp({ allowHalfOpen: true }, talk));
const tlsServer = (talk: (socket: Socket) => void) => {
  const identity = authority().issue({ names: 'DNS:localhost' });
  return startServer(createTls({ ...identity, allowHalfOpen: true, ALPNProtocols: ['h2'] }, talk));
};

type Start = typeof plainServer;
const trusted = () => ({ tls_config: { ca_file: authority().certFile } });
const PROBES: [string, Start, (server: TestServer) => Parameters<typeof probe>][] = [
  ['http', tlsServer, ({ port }) => [http as Prober, `https://localhost:${port}`, trusted()]],
  ['grpc', plainServer, ({ port }) => [grpc as Prober, `127.0.0.1:${port}`]],
  [
    'grpc with TLS',
    tlsServer,
    ({ port }) => [grpc as Prober, `localhost:${port}`, { tls: true, ...trusted() }],
  ],
];

const GRPC_OK = Buffer.concat([OK, field('content-type', 'application/grpc')]);
const SERVING = [
  headers(GRPC_OK),
  data(Buffer.of(0, 0, 0, 0, 2, 8, 1)),
  headers(field('grpc-status', '0'), END_STREAM),
];

describe.each(PROBES)('%s', (_name, start, probeOf) => {
  test('leaves no socket to a server that goes away, answers and stays', async () => {
    const server = await start(staying([goAway(0, 1), ...SERVING]));
    expect((await probe(...probeOf(server))).failure).toBeUndefined();
    await server.emptied();
  });

  test('leaves no socket to a server that goes away without an answer and stays', async () => {
    const server = await start(staying([goAway(0)]));
    expect((await probe(...probeOf(server))).failure?.reason).toBe('reset');
    await server.emptied();
  });

  const hints = (count: number) => Array.from({ length: count }, () => headers(EARLY_HINTS));
  test('takes some hints before an answer, but no flood of them', async () => {
    const few = await start(staying([...hints(100), ...SERVING]));
    expect((await probe(...probeOf(few))).failure).toBeUndefined();
    const many = await start(staying(hints(5000)));
    const { failure } = await probe(...probeOf(many));
    expect(failure?.message).toMatch(/ sent more than 100 informational answers \(1xx\)$/);
    expect(failure?.reason).toBe('protocol');
    await many.emptied();
    const answered = await start(staying([...hints(101), ...SERVING]));
    expect((await probe(...probeOf(answered))).failure?.reason).toBe('protocol');
    await answered.emptied();
  });
});

// SETTINGS_INITIAL_WINDOW_SIZE, and as much for the connection.
const WIDE = [
  frame(4, 0, Buffer.from('00047fffffff', 'hex')),
  frame(8, 0, Buffer.from('7fff0000', 'hex')),
];

test('http leaves no socket to a server that reads nothing of what it allows to send', async () => {
  let own: Socket | undefined;
  const server = await tlsServer((socket) => {
    own = socket;
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(Buffer.concat(WIDE));
      socket.pause();
    });
  });
  const before = openSockets();
  const options = { ...trusted(), method: 'POST', body: 'x'.repeat(20_000_000) };
  const limits = { timeoutSeconds: 0.5 };
  const outcome = await probe(http, `https://localhost:${server.port}`, options, limits);
  expect(outcome.failure?.reason).toBe('timeout');
  // The server's own is there until it has read so much that it notices the end.
  await eventually(() => expect(openSockets()).toBe(before + (own?.closed === false ? 1 : 0)));
});

test('http takes some hints over HTTP/1.1 before an answer, but no flood of them', async () => {
  const hint = 'HTTP/1.1 103 Early Hints\r\nlink: </canary>\r\n\r\n';
  const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
  const few = await tcpServer(raw(hint.repeat(100), ok));
  expect((await probe(http, `127.0.0.1:${few.port}`)).failure).toBeUndefined();
  const many = await tcpServer(raw(hint.repeat(101), ok));
  expect((await probe(http, `127.0.0.1:${many.port}`)).failure).toEqual({
    reason: 'protocol',
    message: `127.0.0.1:${many.port} sent more than 100 informational answers (1xx)`,
  });
  await many.emptied();
});
