import type { IncomingMessage, ServerResponse } from 'node:http';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { HttpOptions } from '../../../src/probers/http/options.ts';
import { http } from '../../../src/probers/http.ts';
import { proxyFor, useProxyEnvironment } from '../../../src/probers/shared/http-proxy.ts';
import { eventually } from '../../support/eventually.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import { ok, recorder, type Talk, urlOf } from '../../support/http-peers.ts';
import { openSockets } from '../../support/open-sockets.ts';
import { probe } from '../../support/probe.ts';
import { proxyServer } from '../../support/proxy-server.ts';
import {
  http2Server,
  httpServer,
  httpsServer,
  type TestServer,
  tcpServer,
} from '../../support/servers.ts';
import { socksServer } from '../../support/socks-server.ts';

const authority = authorityOfThisFile();
const trusted = () => ({ tls_config: { ca_file: authority().certFile } });
const identity = () => authority().issue({ names: 'DNS:localhost,DNS:far.example' });
const via = ({ port }: TestServer, userinfo = '') => `http://${userinfo}127.0.0.1:${port}`;
const SKIP = { skip_resolve_phase_with_proxy: true };

const BASIC = `Basic ${Buffer.from('us:er:canary').toString('base64')}`;

beforeAll(() => {
  // What the system trusts, for an HTTPS proxy.
  setDefaultCACertificates([...getCACertificates(), authority().cert]);
});

afterEach(() => vi.unstubAllEnvs());

describe('a proxy', () => {
  test('trap 28: is sent the whole URL of a plain target, and its own credentials', async () => {
    const { server, requests } = await recorder();
    const proxy = await proxyServer();
    const outcome = await probe(http, urlOf(server, '/path?query#fragment'), {
      proxy_url: via(proxy, 'us%3Aer:canary@'),
      headers: { Host: 'other.example' },
    });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_ssl')).toBe(0);
    expect(proxy.requests).toMatchObject([{ method: 'GET', url: urlOf(server, '/path?query') }]);
    expect(proxy.requests[0]?.headers['proxy-authorization']).toBe(BASIC);
    expect(requests[0]?.headers['proxy-authorization']).toBeUndefined();
    expect(requests[0]?.headers.host).toBe('other.example');
    expect(JSON.stringify(outcome)).not.toContain('canary');
    await proxy.emptied();
  });

  test('trap 28: opens a tunnel to a TLS target, which learns nothing of it', async () => {
    const seen: unknown[] = [];
    const server = await httpsServer(identity(), (request, response) => {
      seen.push(request.headers);
      ok(request, response);
    });
    const proxy = await proxyServer();
    const outcome = await probe(http, `https://localhost:${server.port}/`, {
      ...trusted(),
      proxy_url: via(proxy, 'us%3Aer:canary@'),
      proxy_connect_header: { 'X-Ticket': ['canary', 'two'] },
      basic_auth: { username: 'target', password: 'secret' },
      preferred_ip_protocol: 'ip4',
    });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_ssl')).toBe(1);
    expect(proxy.requests).toEqual([
      {
        method: 'CONNECT',
        url: `127.0.0.1:${server.port}`,
        headers: {
          host: `127.0.0.1:${server.port}`,
          'proxy-authorization': BASIC,
          'x-ticket': 'canary, two',
        },
      },
    ]);
    expect(JSON.stringify(seen)).not.toContain('canary');
    expect(JSON.stringify(seen)).not.toContain('proxy');
    await proxy.emptied();
    await server.emptied();
  });

  test('tunnels HTTP/2', async () => {
    const server = await http2Server(identity(), (stream) => {
      stream.respond();
      stream.end('hello');
    });
    const proxy = await proxyServer();
    const options = { ...trusted(), proxy_url: via(proxy) };
    const outcome = await probe(http, `https://localhost:${server.port}/`, options);
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_version')).toBe(2);
    await proxy.emptied();
    await server.emptied();
  });

  test('has its time in the phases: the tunnel in connect, the handshake of the target in tls', async () => {
    const server = await httpsServer(identity(), ok);
    const slow = await tcpServer((socket) => {
      socket.once('data', () => setTimeout(() => socket.end(), 60));
    });
    const proxy = await proxyServer();
    const target = `https://localhost:${server.port}/`;
    const outcome = await probe(http, target, { ...trusted(), proxy_url: via(proxy) });
    const phases = ['resolve', 'connect', 'tls', 'processing', 'transfer'].map(
      (phase) => outcome.value('probe_http_duration_seconds', { phase }) ?? -1,
    );
    expect(Math.min(...phases)).toBeGreaterThanOrEqual(0);
    expect(phases.reduce((sum, seconds) => sum + seconds)).toBeLessThanOrEqual(
      outcome.durationSeconds,
    );
    const failed = await probe(http, target, { ...trusted(), proxy_url: via(slow) });
    expect(failed.value('probe_http_duration_seconds', { phase: 'resolve' })).toBeDefined();
    expect(failed.value('probe_http_duration_seconds', { phase: 'connect' })).toBeUndefined();
  });

  test.each([
    ['https', 'CONNECT', (port: number) => `far.example:${port}`],
    ['http', 'GET', (port: number) => `http://far.example:${port}/`],
  ] as const)(
    'trap 28: looks up the name of an %s target itself where that is left to it',
    async (scheme, method, asked) => {
      const server = await (scheme === 'https' ? httpsServer(identity(), ok) : httpServer(ok));
      const proxy = await proxyServer({ port: server.port });
      const outcome = await probe(http, `${scheme}://far.example:${server.port}/`, {
        ...trusted(),
        ...SKIP,
        proxy_url: via(proxy),
      });
      expect(outcome.failure).toBeUndefined();
      expect(proxy.requests).toMatchObject([{ method, url: asked(server.port) }]);
      for (const name of ['probe_dns_lookup_time_seconds', 'probe_ip_protocol']) {
        expect(outcome.value(name)).toBeUndefined();
      }
      expect(outcome.value('probe_http_duration_seconds', { phase: 'resolve' })).toBeUndefined();
      expect(outcome.value('probe_http_duration_seconds', { phase: 'connect' })).toBeGreaterThan(0);
    },
  );

  test('gets nothing to do where the name of the target is unknown here', async () => {
    const proxy = await proxyServer();
    const outcome = await probe(http, 'http://far.invalid/', { proxy_url: via(proxy) });
    expect(outcome.failure?.reason).toBe('dns');
    expect(proxy.requests).toEqual([]);
  });

  test('is asked for an IPv6 address in brackets, and for the port of the scheme', async () => {
    const proxy = await proxyServer({ port: 1 });
    await probe(http, 'https://[::1]/', { ...trusted(), proxy_url: via(proxy) });
    await probe(http, 'http://[::1]/', { proxy_url: via(proxy) });
    expect(proxy.requests.map(({ url }) => url)).toEqual(['[::1]:443', 'http://[::1]/']);
  });

  test('trap 28: over TLS is verified by its own name, and its certificate is not that of the target', async () => {
    const plain = await recorder();
    const server = await httpsServer(identity(), ok);
    const own = authority().issue({ names: 'DNS:localhost', subject: '/CN=proxy' });
    const proxy = await proxyServer({ identity: own });
    const proxy_url = `https://user:canary@localhost:${proxy.port}`;
    const outcome = await probe(http, urlOf(plain.server), { proxy_url });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_ssl')).toBe(0);
    expect(outcome.value('probe_ssl_earliest_cert_expiry')).toBeUndefined();
    const target = `https://localhost:${server.port}/`;
    const tunnelled = await probe(http, target, { ...trusted(), proxy_url });
    expect(tunnelled.failure).toBeUndefined();
    expect(tunnelled.value('probe_ssl_last_chain_info', { subject: 'CN=localhost' })).toBe(1);
    expect(proxy.requests.map(({ method }) => method)).toEqual(['GET', 'CONNECT']);
    await proxy.emptied();
    await server.emptied();

    const wrong = await probe(http, target, { proxy_url: `https://127.0.0.1:${proxy.port}` });
    expect(wrong.failure?.reason).toBe('certificate');
    expect(wrong.failure?.message).toContain(`the proxy 127.0.0.1:${proxy.port}`);
  });

  test('is chosen anew for each redirect, and gets its credentials on each', async () => {
    const { server: end, requests } = await recorder();
    const start = await httpServer(
      (_request, response) =>
        void response.writeHead(302, { location: `http://far.example:${end.port}/end` }).end(),
    );
    const proxy = await proxyServer({ port: end.port });
    const outcome = await probe(http, urlOf(start), {
      ...SKIP,
      proxy_url: via(proxy, 'us%3Aer:canary@'),
      no_proxy: 'other.example',
      bearer_token: 'canary',
    });
    expect(outcome.failure).toBeUndefined();
    expect(proxy.requests.map(({ url }) => url)).toEqual([`http://far.example:${end.port}/end`]);
    expect(proxy.requests[0]?.headers['proxy-authorization']).toBe(BASIC);
    expect(JSON.stringify(requests)).not.toContain('canary');
  });
});

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
    ['has no address', 'http://proxy.invalid:3128', 'dns', 'proxy.invalid is not known'],
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
    const options = { ...SKIP, proxy_url: `https://localhost:${proxy.port}` };
    const probes = Array.from({ length: 10 }, () =>
      probe(http, 'https://far.example/', options, { timeoutSeconds: 0.5 }),
    );
    const reasons = (await Promise.all(probes)).map(({ failure }) => failure?.reason);
    expect(new Set(reasons)).toEqual(new Set(['timeout']));
    await proxy.emptied();
    await eventually(() => expect(openSockets()).toBeLessThanOrEqual(before));
  });
});

describe('a SOCKS5 proxy', () => {
  test.each([
    ['https', 'far.example', { ...SKIP }, 'far.example'],
    ['http', 'far.example', { ...SKIP }, 'far.example'],
    ['https', 'localhost', { preferred_ip_protocol: 'ip4' }, '127.0.0.1'],
    ['http', '[::1]', {}, '00000000000000000000000000000001'],
  ])('reaches by %s the target %s', async (scheme, host, options, asked) => {
    const seen: unknown[] = [];
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      seen.push(request.url);
      ok(request, response);
    };
    const server = await (scheme === 'https'
      ? httpsServer(identity(), answer)
      : httpServer(answer));
    const proxy = await socksServer(server.port);
    const proxy_url = `socks5://127.0.0.1:${proxy.port}`;
    const target = `${scheme}://${host}:4711/path`;
    const outcome = await probe(http, target, { ...trusted(), ...options, proxy_url });
    expect(outcome.failure).toBeUndefined();
    expect(proxy.asked).toEqual([`${asked}:4711`]);
    expect(seen).toEqual(['/path']);
    expect(outcome.value('probe_http_ssl')).toBe(scheme === 'https' ? 1 : 0);
    await proxy.emptied();
    await server.emptied();
  });

  test('is told who is asking where it wants to know', async () => {
    const server = await httpServer(ok);
    const proxy = await socksServer(server.port, { credentials: 'us:er:canary' });
    const by = async (userinfo: string) => {
      const proxy_url = `socks5h://${userinfo}127.0.0.1:${proxy.port}`;
      const outcome = await probe(http, urlOf(server), { proxy_url });
      expect(JSON.stringify(outcome)).not.toContain('canary');
      return outcome.failure?.message.replace(/^the proxy [\d.:]+ /, '');
    };
    expect(await by('us%3Aer:canary@')).toBeUndefined();
    expect(await by('other:canary@')).toBe('does not accept the credentials');
    expect(await by('')).toBe('wants other credentials');
  });

  test.each<[string, Talk, string, string]>([
    [
      'is none',
      (socket) => void socket.once('data', () => socket.end('HTTP/1.1 400')),
      'protocol',
      'is not SOCKS5',
    ],
    [
      'closes at once',
      (socket) => void socket.once('data', () => socket.end()),
      'protocol',
      'closed the connection',
    ],
    [
      'resets',
      (socket) => void socket.once('data', () => socket.resetAndDestroy()),
      'reset',
      'reset the connection',
    ],
    [
      'does not reach the target',
      (socket) => {
        socket.once('data', () => socket.end(Buffer.of(5, 0, 5, 4, 0, 1, 0, 0, 0, 0, 0, 0)));
      },
      'refused',
      'refused a tunnel: the host cannot be reached',
    ],
    ['is silent', () => {}, 'timeout', ''],
    ['is silent behind its greeting', (socket) => socket.write(Buffer.of(5, 0)), 'timeout', ''],
  ])('that %s fails for that', async (_title, talk, reason, message) => {
    const server = await tcpServer(talk);
    const proxy_url = `socks5://127.0.0.1:${server.port}`;
    const options = { timeoutSeconds: reason === 'timeout' ? 0.3 : 5 };
    const outcome = await probe(http, 'http://127.0.0.1:1/', { proxy_url }, options);
    expect(outcome.failure?.message).toContain(message);
    expect(outcome.failure?.reason).toBe(reason);
    await server.emptied();
  });
});

const isProxied = (target: string, options: object) =>
  proxyFor(new URL(target), http.options.parse(options) as HttpOptions, undefined) !== undefined;

describe('no proxy', () => {
  test.each([
    ['far.invalid', 'http://far.invalid/', false],
    ['far.invalid', 'http://sub.far.invalid/', false],
    ['far.invalid', 'http://so-far.invalid/', true],
    ['.far.invalid', 'http://sub.far.invalid/', false],
    ['.far.invalid', 'http://far.invalid/', true],
    ['*.far.invalid', 'http://sub.far.invalid/', false],
    ['*.far.invalid', 'http://far.invalid/', true],
    ['FAR.invalid', 'http://Far.Invalid/', false],
    ['bücher.invalid', 'http://bücher.invalid/', false],
    ['a, ,far.invalid', 'http://far.invalid/', false],
    ['far.invalid:80', 'http://far.invalid/', false],
    ['far.invalid:443', 'https://far.invalid/', false],
    ['far.invalid:8080', 'http://far.invalid/', true],
    ['127.0.0.1', 'http://127.0.0.1:2/', false],
    ['192.0.2.0/24', 'http://192.0.2.7:2/', false],
    ['192.0.2.7/24', 'http://192.0.2.8:2/', false],
    ['192.0.2.0/24', 'http://192.0.3.7:2/', true],
    ['192.0.2.7:2', 'http://192.0.2.7:2/', false],
    ['192.0.2.7:3', 'http://192.0.2.7:2/', true],
    ['2001:db8::/32', 'http://[2001:db8::1]:2/', false],
    ['2001:db8:0::1', 'http://[2001:db8::1]:2/', false],
    ['[2001:db8::1]:2', 'http://[2001:db8::1]:2/', false],
    ['[2001:db8::1]:3', 'http://[2001:db8::1]:2/', true],
    ['*', 'http://far.invalid/', false],
    ['other.invalid', 'http://localhost:2/', false],
    ['other.invalid', 'http://127.8.8.8:2/', false],
    ['other.invalid', 'http://[::1]:2/', false],
    ['', 'http://127.0.0.1:2/', true],
    ['/8, 10.0.0.0/33, :80, [, ]:', 'http://far.invalid/', true],
  ])('trap 28: with no_proxy "%s", %s goes through the proxy: %s', (no_proxy, target, expected) => {
    expect(isProxied(target, { proxy_url: 'http://proxy.example', no_proxy })).toBe(expected);
  });

  test('for a network, where the name of the target was found to be in it', async () => {
    const { server, requests } = await recorder();
    const proxy = await proxyServer();
    const outcome = await probe(http, `http://localhost:${server.port}/`, {
      proxy_url: via(proxy),
      no_proxy: '127.0.0.0/8',
      preferred_ip_protocol: 'ip4',
    });
    expect(outcome.failure).toBeUndefined();
    expect(proxy.requests).toEqual([]);
    expect(requests).toHaveLength(1);
  });

  test('skips no lookup', async () => {
    const { server } = await recorder();
    const outcome = await probe(http, urlOf(server), {
      ...SKIP,
      proxy_url: 'http://127.0.0.1:1',
      no_proxy: '127.0.0.1',
    });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_ip_protocol')).toBe(4);
  });
});

describe('the environment', () => {
  const FROM_ENVIRONMENT = { proxy_from_environment: true };
  beforeAll(() => useProxyEnvironment(process.env));
  beforeEach(() => {
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']) {
      vi.stubEnv(name, '');
      vi.stubEnv(name.toLowerCase(), '');
    }
  });

  const proxy = 'http://127.0.0.1:1';
  test.each<[string, string, Record<string, string>, boolean]>([
    ['HTTP_PROXY', 'http://far.invalid/', { HTTP_PROXY: proxy }, true],
    ['http_proxy', 'http://far.invalid/', { http_proxy: proxy }, true],
    ['HTTP_PROXY', 'https://far.invalid/', { HTTP_PROXY: proxy }, false],
    ['HTTPS_PROXY', 'https://far.invalid/', { HTTPS_PROXY: proxy }, true],
    ['https_proxy', 'https://far.invalid/', { https_proxy: proxy }, true],
    ['no scheme', 'http://far.invalid/', { HTTP_PROXY: '127.0.0.1:1' }, true],
    ['NO_PROXY', 'http://far.invalid/', { HTTP_PROXY: proxy, NO_PROXY: 'far.invalid' }, false],
    ['no_proxy', 'http://far.invalid/', { HTTP_PROXY: proxy, no_proxy: '*' }, false],
    ['localhost', 'http://localhost:2/', { HTTP_PROXY: proxy }, false],
    ['127.1.1.1', 'http://127.1.1.1:2/', { HTTP_PROXY: proxy }, false],
  ])('trap 28: with %s has a proxy for %s: %j, %s', (_title, target, env, expected) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    expect(isProxied(target, FROM_ENVIRONMENT)).toBe(expected);
  });

  test('names the proxy that is used', async () => {
    const server = await httpServer(ok);
    const proxy = await proxyServer({ port: server.port });
    vi.stubEnv('HTTP_PROXY', via(proxy));
    const options = { ...SKIP, ...FROM_ENVIRONMENT };
    expect((await probe(http, 'http://far.invalid/', options)).failure).toBeUndefined();
    expect(proxy.requests.map(({ url }) => url)).toEqual(['http://far.invalid/']);
  });

  test('with something that is no proxy fails, and shows no secret', async () => {
    vi.stubEnv('HTTP_PROXY', 'ftp://user:canary@localhost');
    const outcome = await probe(http, 'http://far.invalid/', { ...SKIP, ...FROM_ENVIRONMENT });
    expect(outcome.failure).toEqual({
      reason: 'unsupported',
      message:
        'HTTP_PROXY of the environment: expected a URL such as "http://proxy.example.com:3128", with http, https or socks5',
    });
  });

  test('is not looked at unless it is to be', async () => {
    const { server, requests } = await recorder();
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1');
    vi.stubEnv('http_proxy', 'http://127.0.0.1:1');
    expect((await probe(http, urlOf(server))).failure).toBeUndefined();
    expect(requests).toHaveLength(1);
  });
});

describe('the configuration of a proxy', () => {
  test.each([
    [{ proxy_url: 'socks4://localhost:1080' }, 'with http, https or socks5'],
    [{ proxy_url: 'socks5://' }, 'expected a URL'],
    [{ proxy_url: 'localhost:3128' }, 'expected a URL such as "http://proxy.example.com:3128"'],
    [{ proxy_url: 'http://' }, 'expected a URL'],
    [{ proxy_url: 'ftp://user:canary@localhost' }, 'expected a URL'],
    [{ proxy_url: 'http://a', proxy_from_environment: true }, 'at most one of proxy_url'],
    [{ no_proxy: 'a' }, 'no_proxy needs proxy_url'],
    [{ no_proxy: 'a', proxy_from_environment: true }, 'takes NO_PROXY from the environment'],
    [{ proxy_connect_header: { a: ['b'] } }, 'needs proxy_url or proxy_from_environment'],
    [{ proxy_url: 'http://a', proxy_connect_header: { a: ['b\r\nc'] } }, 'no line break'],
    [{ proxy_url: 'http://a', proxy_connect_header: { 'a b': ['c'] } }, 'name of an HTTP header'],
  ])('%j is refused', (input, message) => {
    const messages = JSON.stringify(http.options.safeParse(input).error?.issues);
    expect(messages).toContain(JSON.stringify(message).slice(1, -1));
    expect(messages).not.toContain('canary');
  });

  test('shows where the proxy is, and no secret', () => {
    const parsed = http.options.parse({
      proxy_url: 'http://user:canary@proxy.example:3128',
      proxy_connect_header: { 'X-Ticket': ['canary'] },
    });
    expect(JSON.stringify(parsed)).not.toContain('canary');
    expect(String(parsed.proxy_url)).toBe('http://<secret>@proxy.example:3128');
  });

  test('takes an empty proxy_url for none', async () => {
    const { server } = await recorder();
    expect((await probe(http, urlOf(server), { proxy_url: '' })).failure).toBeUndefined();
  });
});
