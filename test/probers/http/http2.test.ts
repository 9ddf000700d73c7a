import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { http } from '../../../src/probers/http.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import { forThisTest } from '../../support/for-this-test.ts';
import { ok } from '../../support/http-peers.ts';
import { at, hello, http2Peers } from '../../support/http2-peers.ts';
import { hasNginx, startNginx } from '../../support/nginx-server.ts';
import { probe } from '../../support/probe.ts';
import { http2Server, httpsServer } from '../../support/servers.ts';

const authority = authorityOfThisFile();
const { localhost, serving, trusted } = http2Peers(authority);

describe('HTTP/2', () => {
  test('trap 29: is spoken where the server offers it, on a connection that ends with the probe', async () => {
    const server = await serving((stream) => {
      stream.respond({ 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT', 'content-length': 5 });
      stream.end('hello');
    });
    const options = { ...trusted(), valid_http_versions: ['HTTP/2.0'] };
    const outcome = await probe(http, at(server), options);
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_version')).toBe(2);
    expect(outcome.value('probe_http_status_code')).toBe(200);
    expect(outcome.value('probe_http_content_length')).toBe(5);
    expect(outcome.value('probe_http_uncompressed_body_length')).toBe(5);
    expect(outcome.value('probe_http_last_modified_timestamp_seconds')).toBe(1_445_412_480);
    expect(outcome.value('probe_http_ssl')).toBe(1);
    expect(outcome.value('probe_tls_version_info', { version: 'TLS 1.3' })).toBe(1);
    await server.emptied();
    expect(server.sockets).toHaveLength(1);
  });

  test('trap 29: is left for HTTP/1.1 where the server does not offer it', async () => {
    const server = await httpsServer(localhost(), ok);
    const outcome = await probe(http, at(server), trusted());
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_version')).toBe(1.1);
    const wanted = { ...trusted(), valid_http_versions: ['HTTP/2.0'] };
    expect((await probe(http, at(server), wanted)).failure?.reason).toBe('protocol');
  });

  test.each<[string, object]>([
    ['enable_http2 is false', { enable_http2: false }],
    ['the connection is to change its protocol', { headers: { Upgrade: 'websocket' } }],
  ])('is not offered where %s', async (_title, options) => {
    const offered: unknown[] = [];
    const ALPNCallback = ({ protocols }: { protocols: string[] }) => {
      offered.push(...protocols);
      return 'http/1.1';
    };
    const server = await httpsServer({ ...localhost(), ALPNCallback }, ok);
    const outcome = await probe(http, at(server), { ...trusted(), ...options });
    expect(outcome.value('probe_http_version')).toBe(1.1);
    expect(offered).toEqual(['http/1.1']);
  });

  test('has phases that are there when they were reached, and fit into the duration', async () => {
    const server = await serving((stream) => setTimeout(() => hello(stream, {}), 50));
    const outcome = await probe(http, at(server), trusted());
    const phases = ['resolve', 'connect', 'tls', 'processing', 'transfer'].map(
      (phase) => outcome.value('probe_http_duration_seconds', { phase }) ?? -1,
    );
    expect(Math.min(...phases)).toBeGreaterThanOrEqual(0);
    expect(phases[3]).toBeGreaterThan(0.04);
    expect(phases.reduce((sum, seconds) => sum + seconds)).toBeLessThanOrEqual(
      outcome.durationSeconds,
    );
  });
});

describe('a request over HTTP/2', () => {
  /** Answers with what arrived. */
  async function recording() {
    const requests: { headers: Record<string, unknown>; body: string }[] = [];
    const server = await serving(async (stream, headers) => {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      requests.push({
        headers: Object.fromEntries(Object.entries(headers)),
        body: Buffer.concat(chunks).toString(),
      });
      hello(stream, headers);
    });
    return { server, requests };
  }

  test.each(['HTTP/2.0', 'HTTP/2'])('takes both ways to write its version: %s', async (version) => {
    const server = await serving(hello);
    const outcome = await probe(http, at(server), {
      ...trusted(),
      valid_http_versions: [version],
    });
    expect(outcome.failure).toBeUndefined();
  });

  test('says by default as little as possible', async () => {
    const { server, requests } = await recording();
    await probe(http, at(server, '/path?query=1#fragment'), trusted());
    expect(requests).toEqual([
      {
        body: '',
        headers: {
          ':authority': `localhost:${server.port}`,
          ':method': 'GET',
          ':path': '/path?query=1',
          ':scheme': 'https',
          'user-agent': 'healthcheck-exporter',
        },
      },
    ]);
  });

  test('trap 29: has the Host header as its authority, and no headers of the connection', async () => {
    const { server, requests } = await recording();
    const outcome = await probe(http, at(server), {
      tls_config: { ...trusted().tls_config, server_name: 'localhost' },
      headers: {
        Host: 'other.example:99',
        Connection: 'close',
        'Keep-Alive': '1',
        'Transfer-Encoding': 'chunked',
        TE: 'gzip',
        'X-Name': 'é',
      },
      http_headers: { 'X-Many': { values: ['a', 'b'] } },
    });
    expect(outcome.failure).toBeUndefined();
    const { headers } = requests[0] ?? {};
    expect(headers).toEqual({
      ':authority': 'other.example:99',
      ':method': 'GET',
      ':path': '/',
      ':scheme': 'https',
      'user-agent': 'healthcheck-exporter',
      'x-name': Buffer.from('é').toString('latin1'),
      'x-many': 'a, b',
    });
  });

  test.each(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'])(
    'by %s may have a body',
    async (method) => {
      const { server, requests } = await recording();
      const body = `by ${method} ${'x'.repeat(100_000)}`;
      const outcome = await probe(http, at(server), { ...trusted(), method, body });
      expect(outcome.failure).toBeUndefined();
      expect(requests[0]?.headers[':method']).toBe(method);
      expect(requests[0]?.headers['content-length']).toBe(String(body.length));
      expect(requests[0]?.body === body).toBe(true);
    },
  );

  test.each(['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'])('by %s may have none', async (method) => {
    const { server, requests } = await recording();
    const outcome = await probe(http, at(server), { ...trusted(), method });
    expect(outcome.failure).toBeUndefined();
    expect(requests[0]).toMatchObject({ headers: { ':method': method }, body: '' });
  });
});

describe('an answer over HTTP/2', () => {
  test.each([204, 304])('with status %i has no body', async (status) => {
    const server = await serving((stream) =>
      stream.respond({ ':status': status }, { endStream: true }),
    );
    const options = { ...trusted(), valid_status_codes: [status], compression: 'gzip' };
    const outcome = await probe(http, at(server), options);
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_status_code')).toBe(status);
    expect(outcome.value('probe_http_uncompressed_body_length')).toBe(0);
  });

  test('to HEAD has no body, whatever its length says', async () => {
    const server = await serving((stream) =>
      stream.respond({ 'content-length': 1000 }, { endStream: true }),
    );
    const outcome = await probe(http, at(server), { ...trusted(), method: 'HEAD' });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_content_length')).toBe(1000);
  });

  test('to HEAD is asked for without a body, also where one is configured', async () => {
    const server = await serving((stream) => stream.respond({}, { endStream: true }));
    const options = { ...trusted(), method: 'HEAD', body: 'hi' };
    expect((await probe(http, at(server), options)).failure).toBeUndefined();
  });

  test('without a length has the length -1, and may have hints before and trailers behind it', async () => {
    const server = await serving((stream) => {
      stream.additionalHeaders({ ':status': 103, link: '</a>' });
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '1' }));
      stream.end('hello');
    });
    const outcome = await probe(http, at(server), trusted());
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_status_code')).toBe(200);
    expect(outcome.value('probe_http_content_length')).toBe(-1);
    expect(outcome.value('probe_http_uncompressed_body_length')).toBe(5);
  });

  test('is judged by its headers, every value of them, and by its body', async () => {
    const server = await serving((stream) => {
      stream.respond({
        'x-thing': Buffer.from('é').toString('latin1'),
        'set-cookie': ['a=1', 'b=2'],
      });
      stream.end(gzipSync('{"ok": true}'));
    });
    const rules = {
      ...trusted(),
      compression: 'gzip',
      fail_if_header_not_matches: [
        { header: 'X-Thing', regexp: '^é$' },
        { header: 'Set-Cookie', regexp: '^b=2$' },
      ],
      fail_if_body_not_matches_regexp: ['"ok": true'],
    };
    expect((await probe(http, at(server), rules)).failure).toBeUndefined();
    const forbidden = { fail_if_header_matches: [{ header: 'x-thing', regexp: 'é' }] };
    const failed = await probe(http, at(server), { ...rules, ...forbidden });
    expect(failed.failure?.reason).toBe('header');
    const small = await probe(http, at(server), { ...rules, body_size_limit: '11B' });
    expect(small.failure?.reason).toBe('body');
    await server.emptied();
  });

  test('of megabytes is read to its end', async () => {
    const server = await serving((stream) => {
      stream.respond({});
      stream.end(Buffer.alloc(3_000_000));
    });
    const outcome = await probe(http, at(server), trusted());
    expect(outcome.value('probe_http_uncompressed_body_length')).toBe(3_000_000);
    expect(outcome.failure).toBeUndefined();
  });

  test('may have 100 KiB of headers', async () => {
    const headers = Array.from({ length: 200 }, (_, index) => [`x-${index}`, 'x'.repeat(500)]);
    const server = await http2Server(
      { ...localhost(), maxSendHeaderBlockLength: 1_000_000 },
      (stream) => stream.respond(Object.fromEntries(headers), { endStream: true }),
    );
    const options = { fail_if_header_not_matches: [{ header: 'x-199', regexp: '^x{500}$' }] };
    const outcome = await probe(http, at(server), { ...trusted(), ...options });
    expect(outcome.failure).toBeUndefined();
  });

  test('that redirects is followed with a new connection', async () => {
    const server = await serving((stream, headers) => {
      if (headers[':path'] === '/end') hello(stream, headers);
      else stream.respond({ ':status': 302, location: '/end' }, { endStream: true });
    });
    const outcome = await probe(http, at(server, '/start'), trusted());
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_redirects')).toBe(1);
    expect(server.sockets).toHaveLength(2);
    await server.emptied();
  });
});

describe.skipIf(!hasNginx)('a real nginx', () => {
  test('is spoken to in HTTP/2, body and headers whole', async () => {
    const { cert, key } = localhost();
    const file = (name: string, content: string) => {
      const path = join(authority().directory, name);
      writeFileSync(path, content);
      return path;
    };
    const nginx = await forThisTest(
      startNginx(
        `ssl_certificate ${file('nginx.pem', cert)};
         ssl_certificate_key ${file('nginx-key.pem', key)};
         location / { add_header X-Host $host; return 200 "hello over $server_protocol"; }
         location /moved { return 301 /; }`,
        { listen: 'ssl http2' },
      ),
    );
    const outcome = await probe(http, `https://localhost:${nginx.port}/moved`, {
      ...trusted(),
      valid_http_versions: ['HTTP/2.0'],
      fail_if_body_not_matches_regexp: ['^hello over HTTP/2\\.0$'],
      fail_if_header_not_matches: [{ header: 'x-host', regexp: '^localhost$' }],
    });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_version')).toBe(2);
    expect(outcome.value('probe_http_redirects')).toBe(1);
    const old = await probe(http, `https://localhost:${nginx.port}/`, {
      ...trusted(),
      enable_http2: false,
    });
    expect(old.value('probe_http_version')).toBe(1.1);
  });
});
