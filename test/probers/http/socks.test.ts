import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { http } from '../../../src/probers/http.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import { ok, type Talk, urlOf } from '../../support/http-peers.ts';
import { probe } from '../../support/probe.ts';
import { SKIP_RESOLVE } from '../../support/proxy-server.ts';
import { httpServer, httpsServer, tcpServer } from '../../support/servers.ts';
import { socksServer } from '../../support/socks-server.ts';

const authority = authorityOfThisFile();
const trusted = () => ({ tls_config: { ca_file: authority().certFile } });
const identity = () => authority().issue({ names: 'DNS:localhost,DNS:far.example' });

describe('a SOCKS5 proxy', () => {
  test.each([
    ['https', 'far.example', { ...SKIP_RESOLVE }, 'far.example'],
    ['http', 'far.example', { ...SKIP_RESOLVE }, 'far.example'],
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
