import { describe, expect, test } from 'vitest';
import { http } from '../../src/probers/http.ts';
import { ok, raw, urlOf } from '../support/http-peers.ts';
import { probe } from '../support/probe.ts';
import { httpServer, tcpServer } from '../support/servers.ts';

describe('an answer', () => {
  test('with a 2xx status is healthy and measured', async () => {
    const server = await httpServer((_request, response) => {
      response.setHeader('last-modified', 'Wed, 21 Oct 2015 07:28:00 GMT');
      response.end('hello');
    });
    const outcome = await probe(http, urlOf(server));
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

  test('trap 27: has phases that are there when they were reached, and fit into the duration', async () => {
    const server = await httpServer(ok);
    const outcome = await probe(http, urlOf(server));
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
    const outcome = await probe(http, urlOf(server), options);
    expect(outcome.failure).toEqual(message && { reason: 'status', message });
  });

  test('in another HTTP version than allowed fails with protocol', async () => {
    const server = await httpServer(ok);
    const old = await probe(http, urlOf(server), { valid_http_versions: ['HTTP/2.0'] });
    expect(old.failure).toEqual({ reason: 'protocol', message: 'HTTP/1.1, expected HTTP/2.0' });
    const right = await probe(http, urlOf(server), { valid_http_versions: ['HTTP/1.1'] });
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
    const outcome = await probe(http, urlOf(server), {
      valid_status_codes: [101],
      headers: { Connection: 'Upgrade', Upgrade: 'websocket' },
    });
    expect(outcome.failure).toBeUndefined();
    await server.emptied();
  });

  test('trap 24: to HEAD has no body, whatever its length says', async () => {
    const server = await httpServer((_request, response) => {
      response.setHeader('content-length', 1000);
      response.end();
    });
    const options = { method: 'HEAD', compression: 'gzip', body: 'not sent' };
    const outcome = await probe(http, urlOf(server), options);
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_content_length')).toBe(1000);
  });

  test.each(['204 No Content', '304 Not Modified'])(
    'trap 24: with status %s has no body, whatever its length says',
    async (status) => {
      const server = await tcpServer((socket) => {
        socket.once('data', () => socket.write(`HTTP/1.1 ${status}\r\ncontent-length: 9\r\n\r\n`));
      });
      const outcome = await probe(http, urlOf(server), { valid_status_codes: [204, 304] });
      expect(outcome.failure).toBeUndefined();
      expect(outcome.value('probe_http_content_length')).toBe(9);
      expect(outcome.value('probe_http_uncompressed_body_length')).toBe(0);
    },
  );

  test('trap 24: may have others before it that only inform', async () => {
    const hints = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';
    const server = await tcpServer(
      raw(
        `HTTP/1.1 100 Continue\r\n\r\n${hints}`,
        'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok',
      ),
    );
    const outcome = await probe(http, urlOf(server));
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_status_code')).toBe(200);
    expect(outcome.value('probe_http_uncompressed_body_length')).toBe(2);
  });

  test('trap 24: may have 100 KiB of headers', async () => {
    const long = 'x'.repeat(100 * 1024);
    const server = await httpServer((_request, response) => {
      response.setHeader('x-long', long);
      response.end();
    });
    const outcome = await probe(http, urlOf(server), {
      fail_if_header_not_matches: [{ header: 'x-long', regexp: '^x{1000}' }],
    });
    expect(outcome.failure).toBeUndefined();
  });

  test('trap 17: comes over a connection of its own, however many there were before', async () => {
    const server = await httpServer(ok);
    for (const count of [1, 2, 3]) {
      const outcome = await probe(http, urlOf(server));
      expect(outcome.value('probe_http_duration_seconds', { phase: 'connect' })).toBeGreaterThan(0);
      expect(server.sockets).toHaveLength(count);
    }
  });

  test('trap 24: without a length has the length -1', async () => {
    const server = await httpServer((_request, response) => {
      response.write('a');
      response.end('b');
    });
    const outcome = await probe(http, urlOf(server));
    expect(outcome.value('probe_http_content_length')).toBe(-1);
    expect(outcome.value('probe_http_uncompressed_body_length')).toBe(2);
  });

  test('that ends with its connection is whole', async () => {
    const server = await tcpServer(raw('HTTP/1.0 200 OK\r\n\r\n', 'body'));
    const outcome = await probe(http, urlOf(server));
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_version')).toBe(1);
    expect(outcome.value('probe_http_uncompressed_body_length')).toBe(4);
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
    ...['constructor', 'toString', '__proto__'].map((header): [Record<string, unknown>, string] => [
      { fail_if_header_matches: [{ header, regexp: '.' }] },
      `the header ${header} is missing`,
    ]),
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
    const outcome = await probe(http, urlOf(server), options);
    expect(outcome.failure).toEqual(message && { reason: 'header', message });
    expect(outcome.value('probe_failed_due_to_regex')).toBe(message ? 1 : 0);
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
    ['http:/example.com', 'has one slash after its scheme, expected two'],
    ['http://example.com:0', 'has a bad port, expected 1 to 65535'],
    ['example.com:65536', 'has a bad port, expected 1 to 65535'],
    ['example.com:http', 'has a bad port, expected 1 to 65535'],
    ['http://', 'is no URL'],
    ['http://exa mple', 'is no URL'],
  ])('"%s" %s', (target, problem) => expect(http.target?.problem(target)).toBe(problem));
});
