import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { HttpOptions } from '../../../src/probers/http/options.ts';
import { http } from '../../../src/probers/http.ts';
import { proxyFor, useProxyEnvironment } from '../../../src/probers/shared/http-proxy.ts';
import { ok, recorder, urlOf } from '../../support/http-peers.ts';
import { probe } from '../../support/probe.ts';
import { proxyServer, SKIP_RESOLVE, via } from '../../support/proxy-server.ts';
import { httpServer } from '../../support/servers.ts';

afterEach(() => vi.unstubAllEnvs());

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
      ...SKIP_RESOLVE,
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
    const options = { ...SKIP_RESOLVE, ...FROM_ENVIRONMENT };
    expect((await probe(http, 'http://far.invalid/', options)).failure).toBeUndefined();
    expect(proxy.requests.map(({ url }) => url)).toEqual(['http://far.invalid/']);
  });

  test('with something that is no proxy fails, and shows no secret', async () => {
    vi.stubEnv('HTTP_PROXY', 'ftp://user:canary@localhost');
    const outcome = await probe(http, 'http://far.invalid/', {
      ...SKIP_RESOLVE,
      ...FROM_ENVIRONMENT,
    });
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
