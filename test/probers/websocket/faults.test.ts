import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { websocket } from '../../../src/probers/websocket.ts';
import { probe } from '../../support/probe.ts';
import { tcpServer } from '../../support/servers.ts';
import {
  acceptance,
  BINARY,
  CLOSE,
  CONTINUATION,
  frame,
  PING,
  TEXT,
  upgraded,
} from '../../support/websocket-server.ts';

type Talk = (socket: Socket) => void;

const EXPECT = { query_response: [{ expect: '^hello$' }] };
const onData = (talk: Talk) => (socket: Socket) => void socket.once('data', () => talk(socket));
const answer = (text: string): Talk => onData((socket) => socket.end(text));
const target = ({ port }: { port: number }) => `ws://127.0.0.1:${port}/`;

describe('a handshake', () => {
  test.each([
    [200, 'OK\r\ncontent-length: 6\r\n\r\ncanary'],
    [301, 'Moved\r\nlocation: ws://canary.invalid/\r\n\r\n'],
    [401, 'Unauthorized\r\nwww-authenticate: Basic realm=canary\r\n\r\n'],
    [404, 'Not Found\r\ntransfer-encoding: chunked\r\n\r\n'],
    [426, 'Upgrade Required\r\nupgrade: canary\r\n\r\n'],
    [503, 'Unavailable\r\n\r\n'],
  ])('answered with %i fails with that status', async (status, rest) => {
    const server = await tcpServer(onData((socket) => socket.write(`HTTP/1.1 ${status} ${rest}`)));
    const outcome = await probe(websocket, target(server), EXPECT);
    expect(outcome.failure).toEqual({
      reason: 'status',
      message: `status ${status}, expected 101`,
    });
    expect(outcome.value('probe_websocket_status_code')).toBe(status);
    expect(outcome.value('probe_websocket_connection_upgraded')).toBe(0);
    expect(outcome.value('probe_websocket_failed_due_to_regex')).toBe(0);
    const processing = { phase: 'processing' };
    expect(outcome.value('probe_websocket_duration_seconds', processing)).toBeDefined();
    await server.emptied();
  });

  const switching = 'HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\n';
  test.each([
    [
      'with a bad Sec-WebSocket-Accept',
      `${switching}Upgrade: websocket\r\nSec-WebSocket-Accept: canary\r\n\r\n`,
    ],
    ['without Sec-WebSocket-Accept', `${switching}Upgrade: websocket\r\n\r\n`],
    ['with an upgrade to something else', `${switching}Upgrade: canary\r\n\r\n`],
  ])('answered %s is none', async (_what, text) => {
    const server = await tcpServer(onData((socket) => socket.write(text)));
    const outcome = await probe(websocket, target(server));
    expect(outcome.failure).toEqual({
      reason: 'protocol',
      message: `the answer of 127.0.0.1:${server.port} is no handshake of a WebSocket`,
    });
    expect(outcome.value('probe_websocket_status_code')).toBe(101);
    expect(outcome.value('probe_websocket_connection_upgraded')).toBe(0);
    await server.emptied();
  });

  test('answered with 101 alone is none', async () => {
    const server = await tcpServer(
      onData((socket) => socket.write('HTTP/1.1 101 Switching\r\n\r\n')),
    );
    const outcome = await probe(websocket, target(server));
    expect(outcome.failure?.reason).toBe('protocol');
    await server.emptied();
  });

  test.each<[string, Talk, string]>([
    ['closes', (socket) => void socket.end(), 'protocol'],
    ['talks garbage', answer('SSH-2.0-canary\r\n'), 'protocol'],
    ['closes within the headers', answer('HTTP/1.1 101 Swi'), 'protocol'],
    [
      'sends headers without end',
      answer(`HTTP/1.1 101 a\r\nx: ${'x'.repeat(500_000)}\r\n\r\n`),
      'protocol',
    ],
    ['resets', onData((socket) => socket.resetAndDestroy()), 'reset'],
  ])('whose server %s fails for that', async (_what, talk, reason) => {
    const server = await tcpServer(talk);
    const outcome = await probe(websocket, target(server));
    expect(outcome.failure?.reason).toBe(reason);
    expect(outcome.failure?.message).toContain(`127.0.0.1:${server.port}`);
    expect(outcome.failure?.message).not.toContain('canary');
    expect(outcome.value('probe_websocket_status_code')).toBeUndefined();
    await server.emptied();
  });
});

describe('a message', () => {
  test.each<[string, Buffer[]]>([
    ['in one frame', [frame(TEXT, 'hello')]],
    ['of bytes', [frame(BINARY, 'hello')]],
    [
      'in fragments',
      [
        frame(TEXT, 'he', { final: false }),
        frame(CONTINUATION, 'll', { final: false }),
        frame(CONTINUATION, 'o'),
      ],
    ],
    [
      'in fragments, with a ping between',
      [frame(TEXT, 'he', { final: false }), frame(PING, 'canary'), frame(CONTINUATION, 'llo')],
    ],
    ['byte by byte', [...frame(TEXT, 'hello')].map((byte) => Buffer.of(byte))],
  ])('%s is taken as one', async (_what, parts) => {
    const server = await tcpServer(upgraded(...parts));
    const outcome = await probe(websocket, target(server), EXPECT);
    expect(outcome.failure).toBeUndefined();
    await server.emptied();
  });

  test('in the same segment as the handshake is not lost', async () => {
    const server = await tcpServer((socket) => {
      socket.once('data', (request) => {
        const accepted = Buffer.from(acceptance(request.toString('latin1')));
        socket.write(Buffer.concat([accepted, frame(TEXT, 'hello')]));
      });
    });
    expect((await probe(websocket, target(server), EXPECT)).failure).toBeUndefined();
  });

  test('comes over IPv6 too', async () => {
    const server = await tcpServer(upgraded(frame(TEXT, 'hello')), '::1');
    const outcome = await probe(websocket, `ws://[::1]:${server.port}`, EXPECT);
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_ip_protocol')).toBe(6);
  });

  test('is waited for while pings are answered', async () => {
    const server = await tcpServer((socket) => {
      socket.once('data', (request) => {
        socket.write(acceptance(request.toString('latin1')));
        socket.write(frame(PING, 'x'));
        // What comes next is the pong: four bytes of mask behind its two.
        socket.once('data', (pong: Buffer) => {
          if (pong[0] === 0x8a && pong[1] === 0x81) socket.write(frame(TEXT, 'hello'));
        });
      });
    });
    expect((await probe(websocket, target(server), EXPECT)).failure).toBeUndefined();
  });

  test('of ours is masked, as all from a client is', async () => {
    const heard: Buffer[] = [];
    const server = await tcpServer((socket) => {
      socket.once('data', (request) => {
        socket.write(acceptance(request.toString('latin1')));
        socket.on('data', (bytes: Buffer) => heard.push(bytes));
      });
    });
    await probe(websocket, target(server), { query_response: [{ send: 'hello' }] });
    await server.emptied();
    const bytes = Buffer.concat(heard);
    expect(bytes[0]).toBe(0x81);
    expect(bytes[1]).toBe(0x80 | 5);
    const mask = bytes.subarray(2, 6);
    const text = bytes.subarray(6, 11).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
    expect(Buffer.from(text).toString()).toBe('hello');
  });

  const masked = Buffer.of(0x81, 0x85, 0, 0, 0, 0, ...Buffer.from('hello'));
  const huge = Buffer.concat([Buffer.of(0x81, 127, 0, 0, 0, 0), Buffer.of(0, 16, 0, 1)]);
  test.each<[string, Buffer[]]>([
    ['that is masked', [masked]],
    ['longer than 1 MiB', [huge]],
    [
      'longer than 1 MiB in fragments',
      [
        frame(TEXT, 'x'.repeat(60_000), { final: false }),
        ...Array.from({ length: 20 }, () =>
          frame(CONTINUATION, 'x'.repeat(60_000), { final: false }),
        ),
      ],
    ],
    ['of text that is not UTF-8', [frame(TEXT, Buffer.of(0xff, 0xfe))]],
    ['of no kind there is', [frame(3, 'canary')]],
    ['that is compressed', [Buffer.of(0xc1, 1, 0)]],
    ['that continues nothing', [frame(CONTINUATION, 'canary')]],
    ['of garbage', [Buffer.from('HTTP/1.1 400 canary\r\n\r\n')]],
  ])('%s breaks the protocol', async (_what, parts) => {
    const server = await tcpServer(upgraded(...parts));
    const outcome = await probe(websocket, target(server), EXPECT);
    expect(outcome.failure?.reason).toBe('protocol');
    expect(outcome.failure?.message).toContain(`127.0.0.1:${server.port}`);
    expect(outcome.failure?.message).not.toContain('canary');
    expect(outcome.value('probe_websocket_connection_upgraded')).toBe(1);
    await server.emptied();
  });
});

describe('a connection', () => {
  test.each<[string, Talk]>([
    [
      'closed by a frame',
      upgraded(frame(CLOSE, Buffer.concat([Buffer.of(3, 0xe9), Buffer.from('canary')]))),
    ],
    [
      'closed without one',
      (socket) => {
        upgraded()(socket);
        socket.once('data', () => setImmediate(() => socket.end()));
      },
    ],
    [
      'closed within a message',
      (socket) => {
        upgraded(frame(TEXT, 'hello').subarray(0, 4))(socket);
        socket.once('data', () => setImmediate(() => socket.end()));
      },
    ],
  ])('%s before the message expected fails with protocol', async (_what, talk) => {
    const server = await tcpServer(talk);
    const outcome = await probe(websocket, target(server), EXPECT);
    expect(outcome.failure).toEqual({
      reason: 'protocol',
      message: `127.0.0.1:${server.port} closed the connection before "^hello$" came`,
    });
    expect(outcome.value('probe_websocket_failed_due_to_regex')).toBe(1);
    await server.emptied();
  });

  test('flooded with pings by a peer that takes no answers fails for that', async () => {
    const pings = Buffer.concat(Array.from({ length: 30_000 }, () => frame(PING, 'canary')));
    const server = await tcpServer((socket) => {
      upgraded(pings)(socket);
      socket.once('data', () => socket.pause());
    });
    const outcome = await probe(websocket, target(server), EXPECT);
    expect(outcome.failure).toEqual({
      reason: 'protocol',
      message: `127.0.0.1:${server.port} sent pings faster than they can be answered`,
    });
  });

  test('reset half-way fails with reset', async () => {
    const server = await tcpServer((socket) => {
      upgraded(frame(TEXT, 'hello'))(socket);
      socket.once('data', () => setTimeout(() => socket.resetAndDestroy(), 50));
    });
    const query_response = [{ expect: 'hello' }, { expect: 'more' }];
    const outcome = await probe(websocket, target(server), { query_response });
    expect(outcome.failure?.reason).toBe('reset');
    expect(outcome.value('probe_websocket_failed_due_to_regex')).toBe(0);
  });

  test('closed after the message expected is fine', async () => {
    const server = await tcpServer(upgraded(frame(TEXT, 'hello'), frame(CLOSE, '')));
    expect((await probe(websocket, target(server), EXPECT)).failure).toBeUndefined();
  });

  const dripping =
    (start: Talk, drop: Buffer): Talk =>
    (socket) => {
      start(socket);
      socket.once('data', () => {
        const timer = setInterval(() => socket.write(drop), 10);
        socket.on('close', () => clearInterval(timer));
      });
    };
  test.each<[string, Talk]>([
    ['silent', () => {}],
    [
      'that drips its status line',
      dripping(
        onData((socket) => socket.write('HTTP/1.1 101 ')),
        Buffer.from('a'),
      ),
    ],
    [
      'that drips its headers',
      dripping(
        onData((socket) => socket.write('HTTP/1.1 101 a\r\n')),
        Buffer.from('a: b\r\n'),
      ),
    ],
    ['silent after the handshake', upgraded()],
    ['silent within a message', upgraded(frame(TEXT, 'hello').subarray(0, 3))],
    ['that only pings', dripping(upgraded(), frame(PING, ''))],
    [
      'that drips a message',
      dripping(
        upgraded(frame(TEXT, 'h', { final: false })),
        frame(CONTINUATION, 'h', { final: false }),
      ),
    ],
  ])('trap 1: %s is left at T', async (_what, talk) => {
    const server = await tcpServer(talk);
    const outcome = await probe(websocket, target(server), EXPECT, { timeoutSeconds: 0.3 });
    expect(outcome.failure?.reason).toBe('timeout');
    await server.emptied();
  });

  test('trap 1: silent in the TLS handshake is left at T', async () => {
    const server = await tcpServer();
    const outcome = await probe(
      websocket,
      `wss://127.0.0.1:${server.port}`,
      {},
      { timeoutSeconds: 0.3 },
    );
    expect(outcome.failure?.reason).toBe('timeout');
    const connect = { phase: 'connect' };
    expect(outcome.value('probe_websocket_duration_seconds', connect)).toBeDefined();
    const processing = { phase: 'processing' };
    expect(outcome.value('probe_websocket_duration_seconds', processing)).toBeUndefined();
    await server.emptied();
  });

  test('flooded with messages nobody asked for ends all the same', async () => {
    const flood = Buffer.concat(Array.from({ length: 1000 }, () => frame(TEXT, 'hello')));
    const server = await tcpServer(dripping(upgraded(flood), flood));
    const outcome = await probe(websocket, target(server), EXPECT);
    expect(outcome.failure).toBeUndefined();
    await server.emptied();
  });
});
