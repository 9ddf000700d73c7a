import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { http } from '../../../src/probers/http.ts';
import { forThisTest } from '../../support/for-this-test.ts';
import { recorder, urlOf } from '../../support/http-peers.ts';
import { probe } from '../../support/probe.ts';
import { httpServer, startServer, tcpServer } from '../../support/servers.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

async function file(name: string, content: string): Promise<string> {
  const directory = await forThisTest(temporaryDirectory());
  return directory.write(name, content);
}

describe('a request', () => {
  test('says by default as little as possible', async () => {
    const { server, requests } = await recorder();
    await probe(http, urlOf(server, '/path?query=1#fragment'));
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

  test.each<[string, string, object, string]>([
    ['an IPv6 address', '[::1]', {}, '[::1]:'],
    ['a name', 'localhost', {}, 'localhost:'],
    ['an override', '127.0.0.1', { headers: { host: 'v.example' } }, 'v.example'],
    ['an override with a port', '127.0.0.1', { headers: { Host: 'v.example:8' } }, 'v.example:8'],
    ['an override in brackets', '127.0.0.1', { headers: { HOST: '[::2]:8' } }, '[::2]:8'],
  ])('trap 22: has %s for its Host', async (_title, host, options, expected) => {
    let seen: unknown;
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      seen = request.headers.host;
      response.end();
    };
    const server = await startServer(createServer(answer), host === '[::1]' ? '::1' : '127.0.0.1');
    const ip4 = { preferred_ip_protocol: 'ip4' };
    const target = `http://${host}:${server.port}/`;
    expect((await probe(http, target, { ...ip4, ...options })).failure).toBeUndefined();
    expect(seen).toBe(expected.endsWith(':') ? `${expected}${server.port}` : expected);
  });

  test('trap 22: is redirected from where it really went, not from its Host header', async () => {
    const seen: string[] = [];
    const server = await httpServer((request, response) => {
      seen.push(`${request.headers.host}${request.url}`);
      if (request.url === '/a/end') response.end();
      else response.writeHead(302, { location: 'end' }).end();
    });
    const outcome = await probe(http, urlOf(server, '/a/start'), {
      headers: { Host: 'v.example' },
    });
    expect(outcome.failure).toBeUndefined();
    expect(seen).toEqual(['v.example/a/start', 'v.example/a/end']);
  });

  test('carries method, headers and body', async () => {
    const { server, requests } = await recorder();
    const outcome = await probe(http, urlOf(server), {
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
      await probe(http, urlOf(server), { method, body_file: await file('body', `by ${method}`) });
      expect(requests[0]).toMatchObject({ method, body: `by ${method}` });
    },
  );

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('by %s may have none', async (method) => {
    const { server, requests } = await recorder();
    const outcome = await probe(http, urlOf(server), { method });
    expect(outcome.failure).toBeUndefined();
    expect(requests[0]).toMatchObject({ method, body: '' });
  });

  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  test.each([
    ['basic_auth', () => ({ basic_auth: { username: 'u', password: 'p' } }), basic('u:p')],
    [
      'basic_auth files',
      async () => ({
        basic_auth: {
          username_file: await file('u', 'u\n'),
          password_file: await file('p', 'p\n'),
        },
      }),
      basic('u:p'),
    ],
    ['bearer_token', () => ({ bearer_token: 't' }), 'Bearer t'],
    ['bearer_token_file', async () => ({ bearer_token_file: await file('t', ' t\n') }), 'Bearer t'],
    ['authorization', () => ({ authorization: { credentials: 'c' } }), 'Bearer c'],
    [
      'authorization of a type',
      async () => ({ authorization: { type: 'Token', credentials_file: await file('c', 'c') } }),
      'Token c',
    ],
  ])('authenticates with %s', async (_name, options, expected) => {
    const { server, requests } = await recorder();
    await probe(http, urlOf(server), await options());
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
    const values = { values: ['a'], secrets: ['b'], files: [await file('value', 'c\n')] };
    await probe(http, urlOf(server), { http_headers: { 'X-Many': values } });
    expect(requests[0]?.headers['x-many']).toBe('a, b, c');
  });

  test('sends http_headers beside headers of the same name', async () => {
    const { server, requests } = await recorder();
    const http_headers = { 'x-many': { values: ['b'] } };
    await probe(http, urlOf(server), { headers: { 'X-Many': 'a' }, http_headers });
    expect(requests[0]?.headers['x-many']).toBe('a, b');
  });

  test('is framed by its body, whatever the headers say', async () => {
    const { server, requests } = await recorder();
    const headers = { 'Content-Length': '99', 'Transfer-Encoding': 'chunked', Trailer: 'x' };
    const outcome = await probe(http, urlOf(server), { headers });
    expect(outcome.failure).toBeUndefined();
    await probe(http, urlOf(server), { headers, method: 'POST', body: 'body' });
    expect(requests.map(({ body }) => body)).toEqual(['', 'body']);
    expect(requests.map((request) => request.headers['content-length'])).toEqual([undefined, '4']);
    expect(requests[1]?.headers['transfer-encoding']).toBeUndefined();
  });

  test('may be answered before all of its body is read', async () => {
    const server = await tcpServer((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no');
        setTimeout(() => socket.write('k'), 100);
      });
    });
    const body = 'x'.repeat(16 * 1024 * 1024);
    const outcome = await probe(http, urlOf(server), { method: 'POST', body });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_http_uncompressed_body_length')).toBe(2);
    await server.emptied();
  });

  test.each([{ method: '' }, { bearer_token: '' }, { body: '' }])(
    'with the empty option %j is a plain one',
    async (options) => {
      const { server, requests } = await recorder();
      await probe(http, urlOf(server), options);
      expect(requests).toMatchObject([{ method: 'GET', body: '' }]);
      expect(requests[0]?.headers.authorization).toBeUndefined();
    },
  );

  test('trap 22: to an IPv6 address names it in brackets', async () => {
    const seen: unknown[] = [];
    const server = await tcpServer((socket) => {
      socket.once('data', (data) => {
        seen.push(/^host: (?<host>.*)\r$/im.exec(data.toString())?.groups?.host);
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
      });
    }, '::1');
    const outcome = await probe(http, `http://[::1]:${server.port}/`);
    expect(outcome.failure).toBeUndefined();
    expect(seen).toEqual([`[::1]:${server.port}`]);
  });

  test('reads files anew, and says which one is missing', async () => {
    const { server, requests } = await recorder();
    const path = await file('rotated', 'old');
    const options = { bearer_token_file: path };
    await probe(http, urlOf(server), options);
    await writeFile(path, 'new');
    await probe(http, urlOf(server), options);
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer old',
      'Bearer new',
    ]);
    const outcome = await probe(http, urlOf(server), { body_file: '/no/such/file' });
    expect(outcome.failure).toEqual({
      reason: 'not_found',
      message: 'body_file "/no/such/file" does not exist',
    });
  });
});
