import { describe, expect, test } from 'vitest';
import { http } from '../../../src/probers/http.ts';
import { authorityOfThisFile, trustedBySystem } from '../../support/file-authority.ts';
import { ok, recorder, urlOf } from '../../support/http-peers.ts';
import { probe } from '../../support/probe.ts';
import { proxyServer, SKIP_RESOLVE, via } from '../../support/proxy-server.ts';
import { http2Server, httpServer, httpsServer, tcpServer } from '../../support/servers.ts';

const authority = authorityOfThisFile();
const trusted = () => ({ tls_config: { ca_file: authority().certFile } });
const identity = () => authority().issue({ names: 'DNS:localhost,DNS:far.example' });

const BASIC = `Basic ${Buffer.from('us:er:canary').toString('base64')}`;

trustedBySystem(authority);

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
        ...SKIP_RESOLVE,
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
      ...SKIP_RESOLVE,
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
