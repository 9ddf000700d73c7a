import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { http } from '../../../src/probers/http.ts';
import { eventually } from '../../support/eventually.ts';
import { raw, type Talk, urlOf } from '../../support/http-peers.ts';
import { openSockets } from '../../support/open-sockets.ts';
import { probe } from '../../support/probe.ts';
import { tcpServer } from '../../support/servers.ts';

describe('a peer', () => {
  test('that refuses is refused', async () => {
    const outcome = await probe(http, 'http://[::1]:1/');
    expect(outcome.failure).toEqual({
      reason: 'refused',
      message: 'connection refused by [::1]:1',
    });
    expect(outcome.value('probe_http_duration_seconds', { phase: 'resolve' })).toBeDefined();
    expect(outcome.value('probe_http_duration_seconds', { phase: 'connect' })).toBeUndefined();
    expect(outcome.value('probe_failed_due_to_regex')).toBe(0);
  });

  test('whose name is unknown fails with dns', async () => {
    const outcome = await probe(http, 'no-such-host.invalid');
    expect(outcome.failure?.reason).toBe('dns');
    expect(outcome.value('probe_http_duration_seconds', { phase: 'resolve' })).toBeUndefined();
  });

  test.each([
    ['closes at once', raw(), 'protocol'],
    ['talks garbage', raw('SSH-2.0-canary\r\n'), 'protocol'],
    [
      'folds its headers over several lines',
      raw('HTTP/1.1 200 OK\r\na: b\r\n canary\r\ncontent-length: 0\r\n\r\n'),
      'protocol',
    ],
    ['sends a page of HTTP/0.9', raw('<html>canary</html>'), 'protocol'],
    ['closes within the headers', raw('HTTP/1.1 200 OK\r\ncontent-'), 'protocol'],
    [
      'sends less than it said',
      raw('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ncanary'),
      'protocol',
    ],
    [
      'ends a chunked body early',
      raw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\ncan'),
      'protocol',
    ],
    [
      'sends a bad chunk',
      raw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\ncanary'),
      'protocol',
    ],
    [
      'says two lengths',
      raw('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na'),
      'protocol',
    ],
    [
      'sends half a megabyte of headers',
      raw(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(500_000)}\r\n\r\n`),
      'protocol',
    ],
    ['resets', (socket) => void socket.once('data', () => socket.resetAndDestroy()), 'reset'],
  ] satisfies [string, Talk, string][])(
    'trap 24: that %s fails for that',
    async (_name, talk, reason) => {
      const server = await tcpServer(talk);
      const outcome = await probe(http, urlOf(server));
      expect(outcome.failure?.reason).toBe(reason);
      expect(outcome.failure?.message).toContain(`127.0.0.1:${server.port}`);
      expect(outcome.failure?.message).not.toContain('canary');
      await server.emptied();
    },
  );

  test('that resets within the body fails with reset', async () => {
    const server = await tcpServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf');
        setTimeout(() => socket.resetAndDestroy(), 50);
      });
    });
    const outcome = await probe(http, urlOf(server));
    expect(outcome.failure?.reason).toBe('reset');
    expect(outcome.value('probe_http_uncompressed_body_length')).toBe(4);
  });

  test('with a bad status and a broken body has a bad status', async () => {
    const server = await tcpServer(raw('HTTP/1.1 503 No\r\ncontent-length: 9\r\n\r\nhalf'));
    expect((await probe(http, urlOf(server))).failure?.reason).toBe('status');
  });

  const kept = (rest: string, status = '200 OK'): Talk => {
    const upgrade = status.startsWith('101') ? 'upgrade: x\r\nconnection: upgrade\r\n' : '';
    return (socket) =>
      void socket.once('data', () => socket.write(`HTTP/1.1 ${status}\r\n${upgrade}${rest}`));
  };
  const dripping = (start: string, drop: string) => (socket: Socket) => {
    socket.write(start);
    const timer = setInterval(() => socket.write(drop), 10);
    socket.on('close', () => clearInterval(timer));
  };
  test.each([
    ['is silent', () => {}],
    ['drips its status line', dripping('HTTP/1.1 200 ', 'O')],
    ['sends headers without end', dripping('HTTP/1.1 200 OK\r\n', 'a: b\r\n')],
    ['sends a body without end', dripping('HTTP/1.1 200 OK\r\n\r\n', 'drop')],
    ['stops within its body', dripping('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx', '')],
    ['only continues', dripping('', 'HTTP/1.1 100 Continue\r\n\r\n')],
  ] satisfies [string, Talk][])('trap 18: that %s is left at T', async (_name, talk) => {
    const server = await tcpServer(talk);
    const outcome = await probe(http, urlOf(server), {}, { timeoutSeconds: 0.3 });
    expect(outcome.failure?.reason).toBe('timeout');
    await server.emptied();
  });

  test.each([
    ['answer', raw('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'), undefined],
    ['answer and keep the connection', kept('content-length: 2\r\n\r\nok'), undefined],
    ['switch protocols and talk on', kept('\r\nxx', '101 Switching'), 'status'],
    ['say nothing', () => {}, 'timeout'],
    ['stop within their body', kept('content-length: 9\r\n\r\nok'), 'timeout'],
  ] satisfies [string, Talk, string | undefined][])(
    'trap 18: leaves no socket open of many probes: those that %s',
    async (_what, talk, reason) => {
      const server = await tcpServer(talk);
      const before = openSockets();
      const options = { timeoutSeconds: reason === 'timeout' ? 0.3 : 5 };
      const probes = Array.from({ length: 20 }, () => probe(http, urlOf(server), {}, options));
      const reasons = (await Promise.all(probes)).map(({ failure }) => failure?.reason);
      expect(new Set(reasons)).toEqual(new Set([reason]));
      await eventually(() => expect(openSockets()).toBeLessThanOrEqual(before));
    },
  );

  test('trap 1: that is silent in the TLS handshake is left at T', async () => {
    const server = await tcpServer();
    const target = `https://127.0.0.1:${server.port}`;
    const outcome = await probe(http, target, {}, { timeoutSeconds: 0.2 });
    expect(outcome.failure?.reason).toBe('timeout');
    expect(outcome.value('probe_http_duration_seconds', { phase: 'connect' })).toBeDefined();
    expect(outcome.value('probe_http_duration_seconds', { phase: 'tls' })).toBeUndefined();
    await server.emptied();
  });
});
