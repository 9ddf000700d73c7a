import { describe, expect, test } from 'vitest';
import { http } from '../../../src/probers/http.ts';
import { eventually } from '../../support/eventually.ts';
import { authorityOfThisFile, trustedBySystem } from '../../support/file-authority.ts';
import type { Talk } from '../../support/http-peers.ts';
import { openSockets } from '../../support/open-sockets.ts';
import { probe } from '../../support/probe.ts';
import { proxyServer, SKIP_RESOLVE, via } from '../../support/proxy-server.ts';
import { tcpServer } from '../../support/servers.ts';

const authority = authorityOfThisFile();
trustedBySystem(authority);

describe('a proxy that', () => {
  const answering =
    (text: string): Talk =>
    (socket) =>
      void socket.once('data', () => socket.end(text));

  test.each<[string, Talk, string, RegExp]>([
    [
      'trap 28: wants other credentials',
      answering('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 6\r\n\r\ncanary'),
      'refused',
      /^the proxy 127\.0\.0\.1:\d+ refused a tunnel with status 407$/,
    ],
    [
      'trap 28: forbids the target',
      answering('HTTP/1.1 403 canary\r\n\r\n'),
      'refused',
      /refused a tunnel with status 403$/,
    ],
    [
      'trap 28: does not reach the target',
      answering('HTTP/1.1 502 Bad Gateway\r\n\r\n'),
      'refused',
      /refused a tunnel with status 502$/,
    ],
    ['redirects', answering('HTTP/1.1 302 No\r\nlocation: /\r\n\r\n'), 'refused', /status 302$/],
    ['talks garbage', answering('SSH-2.0-canary\r\n'), 'protocol', /not valid HTTP/],
    ['closes at once', answering(''), 'protocol', /closed the connection before it answered/],
    [
      'answers with headers without end',
      answering(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(500_000)}\r\n\r\n`),
      'protocol',
      /never seem to end/,
    ],
    [
      'resets',
      (socket) => void socket.once('data', () => socket.resetAndDestroy()),
      'reset',
      /reset the connection/,
    ],
  ])('%s fails for that', async (_title, talk, reason, message) => {
    const server = await tcpServer(talk);
    const options = { proxy_url: via(server, 'user:canary@') };
    const outcome = await probe(http, 'https://127.0.0.1:1/', options);
    expect(outcome.failure?.message).toMatch(message);
    expect(outcome.failure?.message).toContain(`the proxy 127.0.0.1:${server.port}`);
    expect(outcome.failure?.reason).toBe(reason);
    expect(JSON.stringify(outcome)).not.toContain('canary');
    expect(outcome.value('probe_http_status_code')).toBeUndefined();
    await server.emptied();
  });

  test.each([
    ['refuses connections', 'http://127.0.0.1:1', 'refused', 'connection refused by 127.0.0.1:1'],
    // Without a network the resolver has another word for it.
    ['has no address', 'http://proxy.invalid:3128', 'dns', 'proxy.invalid '],
  ])('%s fails for that', async (_title, proxy_url, reason, message) => {
    const outcome = await probe(http, 'http://127.0.0.1:2/', { proxy_url });
    expect(outcome.failure?.reason).toBe(reason);
    expect(outcome.failure?.message).toContain(message);
    expect(outcome.failure?.message).toContain('the proxy ');
  });

  const dripping: Talk = (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    const timer = setInterval(() => socket.write('a: b\r\n'), 10);
    socket.on('close', () => clearInterval(timer));
  };
  test.each<[string, Talk, string]>([
    ['is silent', () => {}, 'https'],
    ['drips its answer', dripping, 'https'],
    ['is silent behind its answer', (socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n'), 'https'],
    ['is silent', () => {}, 'http'],
  ] as [string, Talk, string][])('trap 1: %s is left at T', async (_title, talk, scheme) => {
    const server = await tcpServer(talk);
    const outcome = await probe(
      http,
      `${scheme}://127.0.0.1:1/`,
      { proxy_url: via(server) },
      { timeoutSeconds: 0.3 },
    );
    expect(outcome.failure?.reason).toBe('timeout');
    expect(outcome.value('probe_http_duration_seconds', { phase: 'tls' })).toBeUndefined();
    await server.emptied();
  });

  test('trap 1: is itself silent in its handshake is left at T', async () => {
    const server = await tcpServer();
    const proxy_url = `https://127.0.0.1:${server.port}`;
    const options = { timeoutSeconds: 0.3 };
    const outcome = await probe(http, 'https://127.0.0.1:1/', { proxy_url }, options);
    expect(outcome.failure?.reason).toBe('timeout');
    await server.emptied();
  });

  test('sends the first bytes of the target with its own answer loses none of them', async () => {
    const server = await tcpServer(answering('HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 400 Bad\r\n\r\n'));
    const outcome = await probe(http, 'https://127.0.0.1:1/', { proxy_url: via(server) });
    expect(outcome.failure).toMatchObject({
      reason: 'tls',
      message: expect.stringContaining('the answer is not TLS'),
    });
  });

  test('is silent behind TLS, in TLS, leaves no socket open', async () => {
    const silent = await tcpServer();
    const own = authority().issue({ names: 'DNS:localhost' });
    const proxy = await proxyServer({ identity: own, port: silent.port });
    const before = openSockets();
    const options = { ...SKIP_RESOLVE, proxy_url: `https://localhost:${proxy.port}` };
    const probes = Array.from({ length: 10 }, () =>
      probe(http, 'https://far.example/', options, { timeoutSeconds: 0.5 }),
    );
    const reasons = (await Promise.all(probes)).map(({ failure }) => failure?.reason);
    expect(new Set(reasons)).toEqual(new Set(['timeout']));
    await proxy.emptied();
    await eventually(() => expect(openSockets()).toBeLessThanOrEqual(before));
  });
});
