import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { http } from '../../src/probers/http.ts';
import { type Authority, createAuthority, daysFromNow } from '../support/certificates.ts';
import { probe } from '../support/probe.ts';
import { httpServer, httpsServer, type TestServer, tcpServer } from '../support/servers.ts';

let authority: Authority;
beforeAll(() => {
  authority = createAuthority();
});
afterAll(() => authority.remove());

const trusted = () => ({ tls_config: { ca_file: authority.certFile } });
const localhost = () => authority.issue({ names: 'DNS:localhost' });
const address = (server: TestServer, path = '/') => `http://127.0.0.1:${server.port}${path}`;
function ok(_request: IncomingMessage, response: ServerResponse): void {
  response.end('ok');
}

/** A file that exists while the tests run. */
function file(name: string, content: string): string {
  const path = join(authority.directory, name);
  writeFileSync(path, content);
  return path;
}

type Talk = (socket: Socket) => void;

/** Answers every request with these bytes, whatever it says. */
function raw(...parts: (string | Buffer)[]): Talk {
  return (socket) => {
    socket.once('data', () => {
      for (const part of parts) socket.write(part);
      socket.end();
    });
  };
}

/** Answers `ok` and keeps the requests with their bodies. */
async function recorder() {
  const requests: {
    method: string;
    url: string;
    headers: IncomingMessage['headers'];
    body: string;
  }[] = [];
  const server = await httpServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url = '', headers } = request;
    requests.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
    response.end('ok');
  });
  return { server, requests };
}

describe('an answer', () => {
  test('with a 2xx status is healthy and measured', async () => {
    const server = await httpServer((_request, response) => {
      response.setHeader('last-modified', 'Wed, 21 Oct 2015 07:28:00 GMT');
      response.end('hello');
    });
    const outcome = await probe(http, address(server));
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_status_code')).toBe(200);
    expect(outcome.value('probe_http_content_length')).toBe(5);
    expect(outcome.value('probe_http_uncompressed_body_length')).toBe(5);
    expect(outcome.value('probe_http_redirects')).toBe(0);
    expect(outcome.value('probe_http_ssl')).toBe(0);
    expect(outcome.value('probe_http_version')).toBe(1.1);
    expect(outcome.value('probe_http_last_modified_timestamp_seconds')).toBe(1_445_412_480);
    expect(outcome.value('probe_failed_due_to_regex')).toBe(0);
    expect(outcome.value('probe_ip_addr_hash')).toBe(3668918509);
    await server.emptied();
  });

  test('has phases that are there when they were reached, and fit into the duration', async () => {
    const server = await httpServer(ok);
    const outcome = await probe(http, address(server));
    const phase = (name: string) => outcome.value('probe_http_duration_seconds', { phase: name });
    expect(phase('tls')).toBeUndefined();
    const reached = ['resolve', 'connect', 'processing', 'transfer'].map(
      (name) => phase(name) ?? -1,
    );
    expect(Math.min(...reached)).toBeGreaterThanOrEqual(0);
    expect(reached.reduce((sum, seconds) => sum + seconds)).toBeLessThanOrEqual(
      outcome.durationSeconds,
    );
  });

  test.each([
    [200, {}, undefined],
    [299, {}, undefined],
    [304, {}, 'status 304, expected 2xx'],
    [404, {}, 'status 404, expected 2xx'],
    [503, { valid_status_codes: [200, 404] }, 'status 503, expected 200, 404'],
    [404, { valid_status_codes: [404] }, undefined],
  ])('with status %i and %j gives %s', async (status, options, message) => {
    const server = await httpServer((_request, response) => void response.writeHead(status).end());
    const outcome = await probe(http, address(server), options);
    expect(outcome.failure).toEqual(message && { reason: 'status', message });
  });

  test('in another HTTP version than allowed fails with protocol', async () => {
    const server = await httpServer(ok);
    const old = await probe(http, address(server), { valid_http_versions: ['HTTP/2.0'] });
    expect(old.failure).toEqual({ reason: 'protocol', message: 'HTTP/1.1, expected HTTP/2.0' });
    const right = await probe(http, address(server), { valid_http_versions: ['HTTP/1.1'] });
    expect(right.failure).toBeUndefined();
  });

  test('that switches protocols can be healthy', async () => {
    const server = await tcpServer((socket) => {
      socket.once('data', () =>
        socket.write(
          'HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\nxx',
        ),
      );
    });
    const outcome = await probe(http, address(server), {
      valid_status_codes: [101],
      headers: { Connection: 'Upgrade', Upgrade: 'websocket' },
    });
    expect(outcome.failure).toBeUndefined();
    await server.emptied();
  });

  test('to HEAD has no body, whatever its length says', async () => {
    const server = await httpServer((_request, response) => {
      response.setHeader('content-length', 1000);
      response.end();
    });
    const options = { method: 'HEAD', compression: 'gzip', body: 'not sent' };
    const outcome = await probe(http, address(server), options);
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_content_length')).toBe(1000);
  });

  test('without a length has the length -1', async () => {
    const server = await httpServer((_request, response) => {
      response.write('a');
      response.end('b');
    });
    const outcome = await probe(http, address(server));
    expect(outcome.value('probe_http_content_length')).toBe(-1);
    expect(outcome.value('probe_http_uncompressed_body_length')).toBe(2);
  });

  test('that ends with its connection is whole', async () => {
    const server = await tcpServer(raw('HTTP/1.0 200 OK\r\n\r\n', 'body'));
    const outcome = await probe(http, address(server));
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_version')).toBe(1);
    expect(outcome.value('probe_http_uncompressed_body_length')).toBe(4);
  });
});

describe('a request', () => {
  test('says by default as little as possible', async () => {
    const { server, requests } = await recorder();
    await probe(http, address(server, '/path?query=1#fragment'));
    expect(requests).toEqual([
      {
        method: 'GET',
        url: '/path?query=1',
        body: '',
        headers: {
          host: `127.0.0.1:${server.port}`,
          'user-agent': 'healthcheck-exporter',
          connection: 'close',
        },
      },
    ]);
  });

  test('carries method, headers and body', async () => {
    const { server, requests } = await recorder();
    const outcome = await probe(http, address(server), {
      method: 'post',
      headers: { Host: 'other.example:99', 'User-Agent': 'me', 'X-Name': 'é', 'X-Count': 1 },
      body: 'grüße',
    });
    expect(outcome.failure?.message).toBeUndefined();
    expect(requests[0]).toMatchObject({ method: 'POST', body: 'grüße' });
    expect(requests[0]?.headers).toMatchObject({
      host: 'other.example:99',
      'user-agent': 'me',
      'content-length': '7',
      'x-count': '1',
      'x-name': Buffer.from('é').toString('latin1'),
    });
  });

  test.each(['GET', 'DELETE', 'PUT', 'PATCH', 'OPTIONS'])(
    'by %s may have a body',
    async (method) => {
      const { server, requests } = await recorder();
      await probe(http, address(server), { method, body_file: file('body', `by ${method}`) });
      expect(requests[0]).toMatchObject({ method, body: `by ${method}` });
    },
  );

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('by %s may have none', async (method) => {
    const { server, requests } = await recorder();
    const outcome = await probe(http, address(server), { method });
    expect(outcome.failure).toBeUndefined();
    expect(requests[0]).toMatchObject({ method, body: '' });
  });

  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  test.each([
    ['basic_auth', () => ({ basic_auth: { username: 'u', password: 'p' } }), basic('u:p')],
    [
      'basic_auth files',
      () => ({ basic_auth: { username_file: file('u', 'u\n'), password_file: file('p', 'p\n') } }),
      basic('u:p'),
    ],
    ['bearer_token', () => ({ bearer_token: 't' }), 'Bearer t'],
    ['bearer_token_file', () => ({ bearer_token_file: file('t', ' t\n') }), 'Bearer t'],
    ['authorization', () => ({ authorization: { credentials: 'c' } }), 'Bearer c'],
    [
      'authorization of a type',
      () => ({ authorization: { type: 'Token', credentials_file: file('c', 'c') } }),
      'Token c',
    ],
  ])('authenticates with %s', async (_name, options, expected) => {
    const { server, requests } = await recorder();
    await probe(http, address(server), options());
    expect(requests[0]?.headers.authorization).toBe(expected);
  });

  test('takes user and password of the URL, and shows them nowhere', async () => {
    const { server, requests } = await recorder();
    const outcome = await probe(http, `http://us%3Aer:canary@127.0.0.1:${server.port}/`);
    expect(requests[0]?.headers.authorization).toBe(basic('us:er:canary'));
    const refused = await probe(http, 'http://user:canary@127.0.0.1:1/');
    expect(JSON.stringify([outcome, refused])).not.toContain('canary');
  });

  test('sends http_headers from values, secrets and files', async () => {
    const { server, requests } = await recorder();
    const values = { values: ['a'], secrets: ['b'], files: [file('value', 'c\n')] };
    await probe(http, address(server), { http_headers: { 'X-Many': values } });
    expect(requests[0]?.headers['x-many']).toBe('a, b, c');
  });

  test('reads files anew, and says which one is missing', async () => {
    const { server, requests } = await recorder();
    const options = { bearer_token_file: file('rotated', 'old') };
    await probe(http, address(server), options);
    file('rotated', 'new');
    await probe(http, address(server), options);
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer old',
      'Bearer new',
    ]);
    const outcome = await probe(http, address(server), { body_file: '/no/such/file' });
    expect(outcome.failure).toEqual({
      reason: 'not_found',
      message: 'body_file "/no/such/file" does not exist',
    });
  });
});

describe('a body', () => {
  const serving = (body: string | Buffer, headers: Record<string, string> = {}) =>
    httpServer((_request, response) => void response.writeHead(200, headers).end(body));

  test.each([
    [
      'matches what it must not',
      { fail_if_body_matches_regexp: ['x', 'ERR[O0]R'] },
      'the body matches "ERR[O0]R"',
    ],
    [
      'does not match what it must',
      { fail_if_body_not_matches_regexp: ['ERROR', '^ok$'] },
      'the body does not match "^ok$"',
    ],
    ['matches all', { fail_if_body_not_matches_regexp: ['(?i)error', '(?s)E.*é'] }, undefined],
    ['matches no forbidden', { fail_if_body_matches_regexp: ['fine', 'good'] }, undefined],
  ])('that %s is judged', async (_name, options, message) => {
    const server = await serving('ERROR 42 é');
    const outcome = await probe(http, address(server), options);
    expect(outcome.failure).toEqual(message && { reason: 'body', message });
    expect(outcome.value('probe_failed_due_to_regex')).toBe(message ? 1 : 0);
  });

  test('is matched as bytes where it is no text', async () => {
    const server = await serving(Buffer.of(0, 255, 254, 0x6f, 0x6b, 128));
    const options = { fail_if_body_not_matches_regexp: ['^\\x00.*ok.$'] };
    expect((await probe(http, address(server), options)).failure).toBeUndefined();
  });

  test('is matched up to 1 MiB, and further where body_size_limit says so', async () => {
    const server = await serving(`${'x'.repeat(1_100_000)}needle`);
    const options = { fail_if_body_not_matches_regexp: ['needle'] };
    expect((await probe(http, address(server), options)).failure?.reason).toBe('body');
    const further = { ...options, body_size_limit: '2MB' };
    expect((await probe(http, address(server), further)).failure).toBeUndefined();
  });

  test('longer than the limit fails, one as long does not', async () => {
    const server = await serving('x'.repeat(1024));
    const fits = await probe(http, address(server), { body_size_limit: '1KB' });
    expect(fits.failure).toBeUndefined();
    const outcome = await probe(http, address(server), { body_size_limit: '1023B' });
    expect(outcome.failure).toEqual({
      reason: 'body',
      message: 'the body is longer than body_size_limit (1023 bytes)',
    });
    expect(outcome.value('probe_http_uncompressed_body_length')).toBe(1023);
  });

  const text = 'hello '.repeat(100);
  test.each([
    ['gzip', gzipSync(text)],
    ['br', brotliCompressSync(text)],
    ['deflate', deflateRawSync(text)],
    ['deflate', deflateSync(text)],
    ['identity', Buffer.from(text)],
  ])('compressed with %s is read', async (compression, body) => {
    let accepted: unknown;
    const server = await httpServer((request, response) => {
      accepted = request.headers['accept-encoding'];
      response.end(body);
    });
    const options = { compression, fail_if_body_not_matches_regexp: ['^(hello )+$'] };
    const outcome = await probe(http, address(server), options);
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_uncompressed_body_length')).toBe(600);
    expect(outcome.value('probe_http_content_length')).toBe(body.length);
    expect(accepted).toBe(compression);
  });

  test('is taken as it comes without the option', async () => {
    const body = gzipSync(text);
    const server = await serving(body, { 'content-encoding': 'gzip' });
    const outcome = await probe(http, address(server));
    expect(outcome.value('probe_http_uncompressed_body_length')).toBe(body.length);
  });

  test.each([
    ['gzip', Buffer.from(text)],
    ['br', Buffer.from(text)],
    ['deflate', Buffer.from(text)],
    ['gzip', gzipSync(text).subarray(0, 20)],
    ['gzip', Buffer.alloc(0)],
  ])('that is no whole %s fails', async (compression, body) => {
    const server = await serving(body);
    const outcome = await probe(http, address(server), { compression });
    expect(outcome.failure).toEqual({
      reason: 'body',
      message: `the body is not compressed with ${compression}, or not whole`,
    });
  });

  test.each([
    ['gzip', gzipSync(Buffer.alloc(50_000_000))],
    ['br', brotliCompressSync(Buffer.alloc(50_000_000))],
  ])('that is a %s bomb ends at the limit', async (compression, bomb) => {
    const server = await serving(bomb);
    const outcome = await probe(http, address(server), { compression, body_size_limit: '1MB' });
    expect(outcome.failure?.message).toContain('body_size_limit');
    await server.emptied();
  });

  test('goes after the status and the headers', async () => {
    const server = await httpServer(
      (_request, response) => void response.writeHead(500).end('bad'),
    );
    const rules = {
      fail_if_body_matches_regexp: ['bad'],
      fail_if_header_matches: [{ header: 'date', regexp: '.' }],
    };
    expect((await probe(http, address(server), rules)).failure?.reason).toBe('status');
    const allowed = { ...rules, valid_status_codes: [500] };
    expect((await probe(http, address(server), allowed)).failure?.reason).toBe('header');
  });
});

describe('a header', () => {
  const rule = (regexp: string, allow_missing = false) => ({
    header: 'X-Thing',
    regexp,
    allow_missing,
  });
  test.each([
    [{ fail_if_header_matches: [rule('b$')] }, 'the header X-Thing matches "b$"'],
    [{ fail_if_header_matches: [rule('c')] }, undefined],
    [{ fail_if_header_not_matches: [rule('^é')] }, undefined],
    [{ fail_if_header_not_matches: [rule('c')] }, 'the header X-Thing does not match "c"'],
    [{ fail_if_header_matches: [{ header: 'X-No', regexp: 'c' }] }, 'the header X-No is missing'],
    [
      { fail_if_header_not_matches: [{ header: 'X-No', regexp: 'c' }] },
      'the header X-No is missing',
    ],
    [
      {
        fail_if_header_matches: [{ header: 'X-No', regexp: '.*', allow_missing: true }],
        fail_if_header_not_matches: [{ header: 'X-No', regexp: 'c', allow_missing: true }],
      },
      undefined,
    ],
  ])('under %j gives %s', async (options, message) => {
    const server = await httpServer((_request, response) => {
      response.setHeader('x-thing', ['ab', Buffer.from('é').toString('latin1')]);
      response.end();
    });
    const outcome = await probe(http, address(server), options);
    expect(outcome.failure).toEqual(message && { reason: 'header', message });
    expect(outcome.value('probe_failed_due_to_regex')).toBe(message ? 1 : 0);
  });
});

describe('a redirect', () => {
  const redirecting = (to: () => string, status = 302) =>
    httpServer((request, response) => {
      if (request.url === '/end') response.end('end');
      else response.writeHead(status, { location: to() }).end('moved');
    });

  test('is followed, and counted', async () => {
    const server = await redirecting(() => 'end');
    const outcome = await probe(http, address(server, '/start'));
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
      const outcome = await probe(http, address(server), { ...options, valid_status_codes: [302] });
      expect(outcome.failure).toBeUndefined();
      expect(outcome.value('probe_http_redirects')).toBe(0);
    },
  );

  test('in a loop ends after ten', async () => {
    const server = await redirecting(() => '/again');
    const outcome = await probe(http, address(server));
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
    const outcome = await probe(http, address(server));
    expect(outcome.failure).toEqual({ reason: 'redirect', message });
  });

  test('without a place to go is the last answer', async () => {
    const server = await httpServer((_request, response) => void response.writeHead(302).end());
    const outcome = await probe(http, address(server), { valid_status_codes: [302] });
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
    const outcome = await probe(http, address(server), secrets);
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
      else response.writeHead(302, { location: address(away) }).end();
    });
    const away = await httpServer(
      (_request, response) =>
        void response.writeHead(302, { location: address(home, '/back') }).end(),
    );
    await probe(http, address(home), { bearer_token: 'canary' });
    expect(authorizations).toEqual(['Bearer canary', undefined]);
  });

  test('within the host carries them', async () => {
    const seen: IncomingMessage['headers'][] = [];
    const server = await httpServer((request, response) => {
      seen.push(request.headers);
      if (request.url === '/end') response.end();
      else response.writeHead(301, { location: '/end' }).end();
    });
    await probe(http, address(server), secrets);
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
    const server = await redirecting(() => address(end), status);
    await probe(http, address(server), { method, body: 'body' });
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

describe('TLS', () => {
  test('is spoken and its certificate exported, the earliest of those sent', async () => {
    const validTo = daysFromNow(5);
    const inter = authority.issue({ subject: '/CN=Intermediate', authority: true, validTo });
    const leaf = authority.issue({ names: 'DNS:localhost', validTo: daysFromNow(20) }, inter);
    const server = await httpsServer({ key: leaf.key, cert: leaf.cert + inter.cert }, ok);
    const outcome = await probe(http, `https://localhost:${server.port}`, trusted());
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_ssl')).toBe(1);
    expect(outcome.value('probe_ssl_earliest_cert_expiry')).toBe(validTo.getTime() / 1000);
    expect(outcome.value('probe_tls_version_info', { version: 'TLS 1.3' })).toBe(1);
    expect(outcome.value('probe_tls_cipher_info')).toBe(1);
    expect(outcome.value('probe_ssl_last_chain_info', { issuer: 'CN=Intermediate' })).toBe(1);
    expect(outcome.value('probe_ssl_verify_error_info')).toBeUndefined();
    expect(outcome.value('probe_http_duration_seconds', { phase: 'tls' })).toBeGreaterThan(0);
    await server.emptied();
  });

  const bad = [
    [
      'expired',
      'CERT_HAS_EXPIRED',
      () =>
        authority.issue({
          names: 'DNS:localhost',
          validFrom: daysFromNow(-9),
          validTo: daysFromNow(-2),
        }),
    ],
    [
      'not yet valid',
      'CERT_NOT_YET_VALID',
      () => authority.issue({ names: 'DNS:localhost', validFrom: daysFromNow(2) }),
    ],
    [
      'self-signed',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      () => authority.selfSigned({ names: 'DNS:localhost' }),
    ],
    [
      'of another name',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      () => authority.issue({ names: 'DNS:other.example' }),
    ],
    ['named only in its common name', 'ERR_TLS_CERT_ALTNAME_INVALID', () => authority.issue()],
  ] as const;

  test.each(bad)(
    'with a certificate that is %s fails before a request is sent',
    async (_, code, make) => {
      let requests = 0;
      const server = await httpsServer(make(), (request, response) => {
        requests++;
        ok(request, response);
      });
      const target = `https://localhost:${server.port}`;
      const outcome = await probe(http, target, { ...trusted(), bearer_token: 'canary' });
      expect(outcome.failure?.reason).toBe('certificate');
      expect(requests).toBe(0);
      expect(outcome.value('probe_ssl_verify_error_info', { code })).toBe(1);
      expect(outcome.value('probe_ssl_earliest_cert_expiry')).toBeGreaterThan(0);
      expect(outcome.value('probe_http_status_code')).toBeUndefined();

      const skip = { tls_config: { ca_file: authority.certFile, insecure_skip_verify: true } };
      const accepted = await probe(http, target, skip);
      expect(accepted.failure).toBeUndefined();
      expect(accepted.value('probe_ssl_verify_error_info', { code })).toBe(1);
      await server.emptied();
    },
  );

  test('asks for the name of server_name, of the Host header, of the target', async () => {
    const names: unknown[] = [];
    const identity = authority.issue({ names: 'DNS:localhost,DNS:a.example,DNS:b.example' });
    const server = await httpsServer(identity, (request, response) => {
      names.push((request.socket as unknown as { servername: string }).servername);
      ok(request, response);
    });
    const target = `https://localhost:${server.port}`;
    const { tls_config } = trusted();
    await probe(http, target, { tls_config });
    await probe(http, target, { tls_config, headers: { Host: 'a.example:1' } });
    await probe(http, target, {
      tls_config: { ...tls_config, server_name: 'b.example' },
      headers: { Host: 'a.example' },
    });
    expect(names).toEqual(['localhost', 'a.example', 'b.example']);
  });

  test('shows a client certificate, inline or from files', async () => {
    const server = await httpsServer(
      { ...localhost(), ca: authority.cert, requestCert: true, rejectUnauthorized: true },
      ok,
    );
    const target = `https://localhost:${server.port}`;
    const { cert, key } = authority.issue({ subject: '/CN=client' });
    const ca_file = authority.certFile;
    const inline = await probe(http, target, { tls_config: { ca_file, cert, key } });
    expect(inline.failure).toBeUndefined();
    const files = { cert_file: file('client.pem', cert), key_file: file('client-key.pem', key) };
    const outcome = await probe(http, target, { tls_config: { ca_file, ...files } });
    expect(outcome.failure).toBeUndefined();
    const without = await probe(http, target, { tls_config: { ca_file } });
    expect(without.failure?.reason).toBe('tls');
    expect(without.failure?.message).toContain('client certificate');
  });

  test('keeps to the versions of the options', async () => {
    const server = await httpsServer({ ...localhost(), maxVersion: 'TLSv1.2' }, ok);
    const target = `https://localhost:${server.port}`;
    const tls_config = { ca_file: authority.certFile, min_version: 'TLS13' };
    const outcome = await probe(http, target, { tls_config });
    expect(outcome.failure?.reason).toBe('tls');
  });

  test('to a plain port fails with tls', async () => {
    const server = await httpServer(ok);
    const outcome = await probe(http, `https://127.0.0.1:${server.port}`);
    expect(outcome.failure?.reason).toBe('tls');
    expect(outcome.failure?.message).toContain('not TLS');
  });

  test('is forbidden by fail_if_ssl and demanded by fail_if_not_ssl', async () => {
    const secure = await httpsServer(localhost(), ok);
    const plain = await httpServer(ok);
    const target = `https://localhost:${secure.port}`;
    const forbidden = await probe(http, target, { ...trusted(), fail_if_ssl: true });
    expect(forbidden.failure?.reason).toBe('policy');
    const demanded = await probe(http, address(plain), { fail_if_not_ssl: true });
    expect(demanded.failure?.reason).toBe('policy');
    const right = await probe(http, target, { ...trusted(), fail_if_not_ssl: true });
    expect(right.failure).toBeUndefined();
  });

  test('trusts a new authority when its file changes', async () => {
    const server = await httpsServer(localhost(), ok);
    const other = authority.selfSigned({ subject: '/CN=Other', authority: true });
    const ca_file = file('changing.pem', other.cert);
    const options = http.options.parse({ tls_config: { ca_file } });
    const prober = { ...http, options: { parse: () => options } as unknown as typeof http.options };
    const target = `https://localhost:${server.port}`;
    expect((await probe(prober, target)).failure?.reason).toBe('certificate');
    file('changing.pem', `${other.cert}\n${authority.cert}`);
    expect((await probe(prober, target)).failure).toBeUndefined();
  });
});

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
  ] satisfies [string, Talk, string][])('that %s fails for that', async (_name, talk, reason) => {
    const server = await tcpServer(talk);
    const outcome = await probe(http, address(server));
    expect(outcome.failure?.reason).toBe(reason);
    expect(outcome.failure?.message).toContain(`127.0.0.1:${server.port}`);
    expect(outcome.failure?.message).not.toContain('canary');
    await server.emptied();
  });

  test('that resets within the body fails with reset', async () => {
    const server = await tcpServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf');
        setTimeout(() => socket.resetAndDestroy(), 50);
      });
    });
    const outcome = await probe(http, address(server));
    expect(outcome.failure?.reason).toBe('reset');
    expect(outcome.value('probe_http_uncompressed_body_length')).toBe(4);
  });

  test('with a bad status and a broken body has a bad status', async () => {
    const server = await tcpServer(raw('HTTP/1.1 503 No\r\ncontent-length: 9\r\n\r\nhalf'));
    expect((await probe(http, address(server))).failure?.reason).toBe('status');
  });

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
  ] satisfies [string, Talk][])('that %s is left at T', async (_name, talk) => {
    const server = await tcpServer(talk);
    const outcome = await probe(http, address(server), {}, { timeoutSeconds: 0.3 });
    expect(outcome.failure?.reason).toBe('timeout');
    await server.emptied();
  });

  test('that is silent in the TLS handshake is left at T', async () => {
    const server = await tcpServer();
    const target = `https://127.0.0.1:${server.port}`;
    const outcome = await probe(http, target, {}, { timeoutSeconds: 0.2 });
    expect(outcome.failure?.reason).toBe('timeout');
    expect(outcome.value('probe_http_duration_seconds', { phase: 'connect' })).toBeDefined();
    expect(outcome.value('probe_http_duration_seconds', { phase: 'tls' })).toBeUndefined();
    await server.emptied();
  });
});

describe('a target', () => {
  test.each([
    'example.com',
    'example.com:8080/path',
    'HTTP://example.com',
    'https://user:pw@[::1]:8443/?q',
    'bücher.example',
  ])('%s is one', (target) => expect(http.target?.problem(target)).toBeUndefined());

  test.each([
    ['', 'is empty'],
    ['ftp://example.com', 'has the scheme ftp, expected http or https'],
    ['http://example.com:0', 'has a bad port, expected 1 to 65535'],
    ['example.com:65536', 'has a bad port, expected 1 to 65535'],
    ['example.com:http', 'has a bad port, expected 1 to 65535'],
    ['http://', 'is no URL'],
    ['http://exa mple', 'is no URL'],
  ])('"%s" %s', (target, problem) => expect(http.target?.problem(target)).toBe(problem));
});

describe('the configuration', () => {
  test.each([
    [
      { fail_if_body_matches_regexp: ['a', '(?=b)'] },
      '"(?=b)" is no regular expression in RE2 syntax',
    ],
    [{ fail_if_header_matches: [{ header: 'a' }] }, 'expected string'],
    [
      { basic_auth: { username: 'u' }, bearer_token: 't' },
      'at most one of basic_auth, authorization',
    ],
    [{ bearer_token: 't', bearer_token_file: 'f' }, 'at most one of basic_auth, authorization'],
    [
      { basic_auth: { password: 'p', password_file: 'f' } },
      'at most one of password and password_file',
    ],
    [{ authorization: { type: ' Basic' } }, 'belongs into basic_auth'],
    [{ body: 'b', body_file: 'f' }, 'at most one of body and body_file'],
    [{ compression: 'gzip', headers: { 'accept-ENCODING': 'br' } }, 'does not accept "gzip"'],
    [{ compression: 'lzma' }, 'expected one of'],
    [{ http_headers: { Authorization: { values: ['a'] } } }, 'cannot be set in http_headers'],
    [{ headers: { 'a b': 'c' } }, 'expected the name of an HTTP header'],
    [{ headers: { a: 'b\r\nc: d' } }, 'has a line break'],
    [{ enable_http2: true }, 'HTTP/2 is not spoken yet, requests go out as HTTP/1.1'],
    [{ enable_http3: true }, 'HTTP/3 is not spoken'],
    [{ follow_redirects: true, no_follow_redirects: true }, 'the opposite of follow_redirects'],
    [{ tls_config: { min_version: 'TLS13', max_version: 'TLS12' } }, 'newer than max_version'],
    [{ tls_config: { cert: 'x' } }, 'needs both cert'],
    [
      { tls_config: { ca: '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----' } },
      'cannot be used',
    ],
    [{ body_size_limit: '10 apples' }, 'expected a size'],
    [{ proxy_url: 'http://proxy' }, 'Unrecognized key'],
  ])('%j is refused', (input, message) => {
    const { error } = http.options.safeParse(input);
    const messages = JSON.stringify(error?.issues);
    expect(messages).toContain(JSON.stringify(message).slice(1, -1));
  });

  test('shows no secret', () => {
    const parsed = http.options.parse({
      headers: { 'X-Api-Key': 'canary' },
      basic_auth: { username: 'u', password: 'canary' },
      http_headers: { 'X-Secret': { secrets: ['canary'] } },
      body: 'canary',
    });
    expect(JSON.stringify(parsed)).not.toContain('canary');
  });
});
