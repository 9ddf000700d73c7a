import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { redirected } from '../../../src/probers/http/redirect.ts';
import { http } from '../../../src/probers/http.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import { forThisTest } from '../../support/for-this-test.ts';
import { recorder, urlOf } from '../../support/http-peers.ts';
import { probe } from '../../support/probe.ts';
import { canHaveHosts, probeWithHosts } from '../../support/probe-elsewhere.ts';
import { httpServer, httpsServer, startServer } from '../../support/servers.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { client, tokenEndpoint } from '../../support/token-endpoint.ts';

const authority = authorityOfThisFile();
const trusted = () => ({ tls_config: { ca_file: authority().certFile } });
const localhost = () => authority().issue({ names: 'DNS:localhost' });

describe('a redirect', () => {
  const redirecting = (to: () => string, status = 302) =>
    httpServer((request, response) => {
      if (request.url === '/end') response.end('end');
      else response.writeHead(status, { location: to() }).end('moved');
    });

  test('is followed, and counted', async () => {
    const server = await redirecting(() => 'end');
    const outcome = await probe(http, urlOf(server, '/start'));
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_redirects')).toBe(1);
    expect(outcome.value('probe_http_uncompressed_body_length')).toBe(3);
    expect(server.sockets).toHaveLength(2);
    await server.emptied();
  });

  test.each([{ follow_redirects: false }, { no_follow_redirects: true }])(
    'is not followed with %j',
    async (options) => {
      const server = await redirecting(() => '/end');
      const outcome = await probe(http, urlOf(server), { ...options, valid_status_codes: [302] });
      expect(outcome.failure).toBeUndefined();
      expect(outcome.value('probe_http_redirects')).toBe(1);
    },
  );

  test('trap 23: in a loop ends after ten', async () => {
    const server = await redirecting(() => '/again');
    const outcome = await probe(http, urlOf(server));
    expect(outcome.failure).toEqual({ reason: 'redirect', message: 'more than 10 redirects' });
    expect(outcome.value('probe_http_redirects')).toBe(11);
    expect(outcome.value('probe_http_status_code')).toBe(302);
    await server.emptied();
  });

  test.each([
    ['ftp://127.0.0.1/', 'the redirect leads to a URL of another scheme, expected http or https'],
    ['file:///etc/passwd', 'the redirect leads to a URL of another scheme, expected http or https'],
    ['http://[', 'the redirect leads to something that is no URL'],
  ])('trap 23: to %s is refused', async (location, message) => {
    const server = await redirecting(() => location);
    const outcome = await probe(http, urlOf(server));
    expect(outcome.failure).toEqual({ reason: 'redirect', message });
  });

  test.each([{}, { location: '' }])(
    'trap 23: to nowhere (%j) is the last answer',
    async (headers) => {
      const server = await httpServer(
        (_request, response) => void response.writeHead(302, headers).end(),
      );
      const outcome = await probe(http, urlOf(server), { valid_status_codes: [302] });
      expect(outcome.failure).toBeUndefined();
    },
  );

  test.each([
    [10, undefined, 10, 200],
    [11, { reason: 'redirect', message: 'more than 10 redirects' }, 11, 302],
  ])('trap 23: that is one of %i fails with %j', async (count, failure, redirects, status) => {
    const server = await httpServer((request, response) => {
      const number = Number(request.url?.slice(1));
      if (number === count) response.end();
      else response.writeHead(302, { location: `/${number + 1}` }).end();
    });
    const outcome = await probe(http, urlOf(server, '/0'));
    expect(outcome.failure).toEqual(failure);
    expect(outcome.value('probe_http_redirects')).toBe(redirects);
    expect(outcome.value('probe_http_status_code')).toBe(status);
    expect(server.sockets).toHaveLength(11);
  });

  test.each([
    ['end', '/a/end'],
    ['./end', '/a/end'],
    ['../end', '/end'],
    ['/end?x=1#y', '/end?x=1'],
    ['?x=1', '/a/b?x=1'],
    ['//HOST/end', '/end'],
    ['http://HOST/é', '/%C3%A9'],
    ['http://HOST/a b', '/a%20b'],
  ])('trap 23: to the relative place %s leads to %s', async (location, expected) => {
    const seen: unknown[] = [];
    const server = await httpServer((request, response) => {
      seen.push(request.url);
      if (request.url !== '/a/b') return void response.end();
      const place = location.replace('HOST', request.headers.host ?? '');
      response.writeHead(302, { location: Buffer.from(place).toString('latin1') }).end();
    });
    const outcome = await probe(http, urlOf(server, '/a/b'));
    expect(outcome.failure).toBeUndefined();
    expect(seen).toEqual(['/a/b', expected]);
  });

  test('trap 23: with user and password in it sends neither', async () => {
    const { server: end, requests } = await recorder();
    const server = await redirecting(() => `http://user:canary@127.0.0.1:${end.port}/`);
    const outcome = await probe(http, urlOf(server), { bearer_token: 'canary' });
    expect(outcome.failure).toBeUndefined();
    expect(requests[0]?.headers.authorization).toBeUndefined();
    expect(JSON.stringify(outcome)).not.toContain('canary');
  });

  test('trap 23: repeats a body from a file', async () => {
    const { server: end, requests } = await recorder();
    const server = await redirecting(() => urlOf(end), 307);
    const directory = await forThisTest(temporaryDirectory());
    const body_file = await directory.write('body', 'from a file');
    await probe(http, urlOf(server), { method: 'POST', body_file });
    expect(requests).toMatchObject([{ method: 'POST', body: 'from a file' }]);
  });

  const secrets = {
    basic_auth: { username: 'u', password: 'canary' },
    headers: { Cookie: 'canary', 'X-Api-Key': 'canary', Host: 'canary.example', Accept: 'a/b' },
    http_headers: { 'X-Secret': { secrets: ['canary'] } },
  };

  test('trap 21: to another host carries no credentials, and no Host header', async () => {
    const { server: stranger, requests } = await recorder();
    const server = await redirecting(() => `http://localhost:${stranger.port}/`);
    const outcome = await probe(http, urlOf(server), secrets);
    expect(outcome.failure).toBeUndefined();
    expect(JSON.stringify(requests)).not.toContain('canary');
    expect(requests[0]?.headers).toMatchObject({
      host: `localhost:${stranger.port}`,
      accept: 'a/b',
      'user-agent': 'healthcheck-exporter',
    });
    expect(requests[0]?.headers.authorization).toBeUndefined();
  });

  test('trap 21: to another host and back does not bring them back', async () => {
    const authorizations: unknown[] = [];
    const home = await httpServer((request, response) => {
      authorizations.push(request.headers.authorization);
      if (request.url === '/back') response.end();
      else response.writeHead(302, { location: urlOf(away) }).end();
    });
    const away = await httpServer(
      (_request, response) =>
        void response.writeHead(302, { location: urlOf(home, '/back') }).end(),
    );
    await probe(http, urlOf(home), { bearer_token: 'canary' });
    expect(authorizations).toEqual(['Bearer canary', undefined]);
  });

  test('trap 21: within the host carries them', async () => {
    const seen: IncomingMessage['headers'][] = [];
    const server = await httpServer((request, response) => {
      seen.push(request.headers);
      if (request.url === '/end') response.end();
      else response.writeHead(301, { location: '/end' }).end();
    });
    await probe(http, urlOf(server), secrets);
    expect(seen[1]).toEqual(seen[0]);
  });

  test('trap 21: from TLS to plain carries none', async () => {
    const { server: plain, requests } = await recorder();
    const server = await httpsServer(
      localhost(),
      (_request, response) =>
        void response.writeHead(302, { location: `http://localhost:${plain.port}/` }).end(),
    );
    const options = { ...trusted(), bearer_token: 'canary' };
    const outcome = await probe(http, `https://localhost:${server.port}`, options);
    expect(outcome.value('probe_http_ssl')).toBe(0);
    expect(requests[0]?.headers.authorization).toBeUndefined();
  });

  test('trap 21: to another host asks it for its own name, and verifies that', async () => {
    const names: unknown[] = [];
    const other = await httpsServer(localhost(), (request, response) => {
      names.push((request.socket as TLSSocket & { servername: unknown }).servername);
      response.end();
    });
    const first = await httpsServer(
      authority().issue({ names: 'IP:127.0.0.1,DNS:a.example' }),
      (request, response) => {
        response.writeHead(302, { location: `https://${request.url?.slice(1)}:${other.port}/` });
        response.end();
      },
    );
    const options = { ...trusted(), headers: { Host: 'a.example' } };
    const at = (host: string) => `https://127.0.0.1:${first.port}/${host}`;
    expect((await probe(http, at('localhost'), options)).failure).toBeUndefined();
    expect(names).toEqual(['localhost']);
    const { failure } = await probe(http, at('127.0.0.1'), options);
    expect(failure?.reason).toBe('certificate');
    expect(failure?.message).toContain('"127.0.0.1"');
  });

  test.each(['localhost', '127.0.0.1'])(
    'trap 21: shows a client certificate only to who was asked first, not to %s',
    async (host) => {
      const shown: unknown[] = [];
      const note = ({ socket }: IncomingMessage) =>
        shown.push((socket as TLSSocket).getPeerCertificate().subject?.CN);
      const tls = {
        ...authority().issue({ names: 'DNS:localhost,IP:127.0.0.1' }),
        requestCert: true,
        rejectUnauthorized: false,
      };
      const other = await httpsServer(tls, (request, response) => {
        note(request);
        response.end();
      });
      const first = await httpsServer(tls, (request, response) => {
        note(request);
        const location = request.url === '/' ? '/again' : `https://${host}:${other.port}/`;
        response.writeHead(302, { location }).end();
      });
      const { cert, key } = authority().issue({ subject: '/CN=me' });
      const tls_config = { ...trusted().tls_config, cert, key };
      const outcome = await probe(http, `https://127.0.0.1:${first.port}/`, { tls_config });
      expect(outcome.failure).toBeUndefined();
      expect(shown).toEqual(['me', 'me', undefined]);
    },
  );

  test('trap 21: to another host carries no access token', async () => {
    const endpoint = await tokenEndpoint();
    const { server: stranger, requests } = await recorder();
    const server = await redirecting(() => urlOf(stranger));
    const oauth2 = { ...client, token_url: endpoint.token_url };
    const outcome = await probe(http, urlOf(server), { oauth2 });
    expect(outcome.failure).toBeUndefined();
    expect(endpoint.requests).toHaveLength(1);
    expect(requests[0]?.headers.authorization).toBeUndefined();
  });

  test.skipIf(!canHaveHosts).each([
    ['ip4', '::ffff:127.0.0.1'],
    ['ip6', '::1'],
  ])('trap 21: prefers %s on every hop', async (preferred_ip_protocol, expected) => {
    const seen: unknown[] = [];
    const answer = createServer((request, response) => {
      seen.push(request.socket.remoteAddress);
      response.end();
    });
    const other = await startServer(answer, '::');
    const server = await redirecting(() => `http://both.test:${other.port}/`);
    const [outcome] = await probeWithHosts('127.0.0.1 both.test\n::1 both.test\n', {
      prober: 'http',
      options: { preferred_ip_protocol },
      targets: [urlOf(server)],
    });
    expect(outcome?.failure).toBeUndefined();
    expect(seen).toEqual([expected]);
  });

  test.each([
    [302, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [307, 'POST', 'POST', 'body'],
    [308, 'PUT', 'PUT', 'body'],
    [301, 'HEAD', 'HEAD', ''],
  ])('trap 23: by %i makes of %s a %s', async (status, method, expected, body) => {
    const { server: end, requests } = await recorder();
    const server = await redirecting(() => urlOf(end), status);
    await probe(http, urlOf(server), { method, body: 'body' });
    expect(requests).toMatchObject([{ method: expected, body }]);
  });

  test('trap 27: adds its phases up', async () => {
    const server = await httpsServer(localhost(), (request, response) => {
      if (request.url === '/end') response.end();
      else response.writeHead(302, { location: request.url === '/' ? '/half' : '/end' }).end();
    });
    const outcome = await probe(http, `https://localhost:${server.port}/`, trusted());
    const phases = ['resolve', 'connect', 'tls', 'processing', 'transfer'].map(
      (phase) => outcome.value('probe_http_duration_seconds', { phase }) ?? -1,
    );
    expect(Math.min(...phases)).toBeGreaterThan(0);
    expect(phases.reduce((sum, seconds) => sum + seconds)).toBeLessThanOrEqual(
      outcome.durationSeconds,
    );
  });
});

// The ports that tell http and https apart by themselves are nobody's to listen on in a test.
describe('the next request', () => {
  const request = {
    url: new URL('http://example.com/'),
    method: 'GET',
    headers: { authorization: 'Bearer canary', cookie: 'a=b', accept: 'x' },
    host: 'named.example',
    serverName: 'tls.example',
    body: undefined,
    isForStranger: false,
  };

  test.each([
    ['http://example.com/', 'https://example.com/', true],
    ['http://example.com/', 'https://EXAMPLE.com:443/x', true],
    ['http://example.com/', '//example.com:80/x', true],
    ['https://example.com/', 'http://example.com/', false],
    ['http://example.com/', 'https://example.com:8443/', false],
    ['http://example.com:8080/', 'https://example.com/', false],
    ['http://example.com/', 'http://example.com:8080/', false],
    ['http://example.com/', 'http://www.example.com/', false],
    ['http://www.example.com/', 'http://example.com/', false],
    ['http://example.com/', 'http://example.com.evil.example/', false],
    ['http://example.com/', 'http://example.com@evil.example/', false],
  ])('trap 21: from %s to %s tells what it told before: %s', (from, location, isTold) => {
    const next = redirected({ ...request, url: new URL(from) }, 302, location);
    expect(next?.headers).toEqual(isTold ? request.headers : { accept: 'x' });
    expect(next?.host).toBe(isTold ? 'named.example' : undefined);
    expect(next?.serverName).toBe(isTold ? 'tls.example' : undefined);
    expect(next?.isForStranger).toBe(!isTold);
  });
});
