import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { http } from '../../../src/probers/http.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import { recorder, urlOf } from '../../support/http-peers.ts';
import { probe } from '../../support/probe.ts';
import { httpServer, httpsServer } from '../../support/servers.ts';

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
      expect(outcome.value('probe_http_redirects')).toBe(0);
    },
  );

  test('in a loop ends after ten', async () => {
    const server = await redirecting(() => '/again');
    const outcome = await probe(http, urlOf(server));
    expect(outcome.failure).toEqual({ reason: 'redirect', message: 'more than 10 redirects' });
    expect(outcome.value('probe_http_redirects')).toBe(11);
    expect(outcome.value('probe_http_status_code')).toBe(302);
    await server.emptied();
  });

  test.each([
    ['ftp://127.0.0.1/', 'the redirect leads to the scheme ftp, expected http or https'],
    ['file:///etc/passwd', 'the redirect leads to the scheme file, expected http or https'],
    ['http://[', 'the redirect leads to something that is no URL'],
  ])('to %s is refused', async (location, message) => {
    const server = await redirecting(() => location);
    const outcome = await probe(http, urlOf(server));
    expect(outcome.failure).toEqual({ reason: 'redirect', message });
  });

  test('without a place to go is the last answer', async () => {
    const server = await httpServer((_request, response) => void response.writeHead(302).end());
    const outcome = await probe(http, urlOf(server), { valid_status_codes: [302] });
    expect(outcome.failure).toBeUndefined();
  });

  const secrets = {
    basic_auth: { username: 'u', password: 'canary' },
    headers: { Cookie: 'canary', 'X-Api-Key': 'canary', Host: 'canary.example', Accept: 'a/b' },
    http_headers: { 'X-Secret': { secrets: ['canary'] } },
  };

  test('to another host carries no credentials, and no Host header', async () => {
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

  test('to another host and back does not bring them back', async () => {
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

  test('within the host carries them', async () => {
    const seen: IncomingMessage['headers'][] = [];
    const server = await httpServer((request, response) => {
      seen.push(request.headers);
      if (request.url === '/end') response.end();
      else response.writeHead(301, { location: '/end' }).end();
    });
    await probe(http, urlOf(server), secrets);
    expect(seen[1]).toEqual(seen[0]);
  });

  test('from TLS to plain carries none', async () => {
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

  test.each([
    [302, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [307, 'POST', 'POST', 'body'],
    [308, 'PUT', 'PUT', 'body'],
    [301, 'HEAD', 'HEAD', ''],
  ])('by %i makes of %s a %s', async (status, method, expected, body) => {
    const { server: end, requests } = await recorder();
    const server = await redirecting(() => urlOf(end), status);
    await probe(http, urlOf(server), { method, body: 'body' });
    expect(requests).toMatchObject([{ method: expected, body }]);
  });

  test('adds its phases up', async () => {
    const server = await httpsServer(localhost(), (request, response) => {
      if (request.url === '/end') response.end();
      else response.writeHead(302, { location: '/end' }).end();
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
