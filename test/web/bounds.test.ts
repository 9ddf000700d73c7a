import type { RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createLogger } from '../../src/lib/logger.ts';
import type { ServerLimits } from '../../src/web/limits.ts';
import { listen } from '../../src/web/server.ts';
import { eventually } from '../support/eventually.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { httpGet } from '../support/http-get.ts';
import { rawClient } from '../support/raw-client.ts';
import { serverParts } from '../support/web-application.ts';

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';

describe('what is no request that is taken here', () => {
  test.each([
    ['HTTP/0.9', 'GET /\r\n\r\n', 400, 'malformed', 'HTTP/0.9 is not spoken here'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'malformed', 'began to speak TLS'],
    ['garbage', '\x00\xff\x13 what\r\n\r\n', 400, 'malformed', 'this is no HTTP request'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'malformed', 'this is no HTTP request'],
    ['an invented method', 'BREW / HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'malformed', 'no HTTP'],
    ['a tunnel', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', 405, 'malformed', 'this is no proxy'],
    ['no URL', 'GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'malformed', 'holds no URL'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400, 'malformed', 'expected one host, got 0'],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n', 400, 'malformed', 'host, got 2'],
    ['a long URL', `GET /${'a'.repeat(8192)} HTTP/1.1\r\nHost: x\r\n\r\n`, 414, 'url', '8192'],
    ['a URL of 1 MB', `GET /${'a'.repeat(1e6)} HTTP/1.1\r\n\r\n`, 414, 'url', '8192'],
    [
      'many headers',
      `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(101)}\r\n`,
      431,
      'headers',
      '100 header',
    ],
    ['long headers', `GET / HTTP/1.1\r\na: ${'b'.repeat(17_000)}\r\n\r\n`, 431, 'headers', '16384'],
    [
      'a body',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody',
      413,
      'body',
      'a body',
    ],
    [
      'a body in chunks',
      'PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n',
      413,
      'body',
      '',
    ],
    [
      'a body that waits',
      'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n',
      413,
      'body',
      '',
    ],
    [
      'two lengths',
      `GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
      400,
      'malformed',
      '',
    ],
    [
      'two other lengths',
      `GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 0\r\n\r\n${SMUGGLED}`,
      400,
      'malformed',
      '',
    ],
    [
      'a coding that is none',
      `GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, x\r\n\r\n${SMUGGLED}`,
      400,
      'malformed',
      '',
    ],
  ])('is answered and closed: %s', async (_name, text, status, cause, sentence) => {
    const { port, asked, refused, logged } = await serve({});
    const client = await forThisTest(rawClient(port));
    client.send(text);
    const heard = await client.closed;
    expect(heard).toMatch(
      new RegExp(`^HTTP/1\\.1 ${status} [^]*Connection: close[^]*\r\n\r\n[^\n]+\n$`),
    );
    expect(heard).toContain(sentence);
    expect(asked).toEqual([]);
    expect(refused).toEqual([cause]);
    // Who sends nonsense does not fill the log.
    expect(logged).toEqual([
      expect.stringMatching(/^\S+ level=debug msg="request refused" cause=/),
    ]);
  });

  test('is not answered in front of the answer that is owed: both are closed', async () => {
    const { port, refused } = await serve({});
    const client = await forThisTest(rawClient(port));
    client.send('GET /hold HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\n\r\n');
    expect(await client.closed).toBe('');
    expect(refused).toEqual(['malformed']);
  });
});

test('what is near the limits is answered', async () => {
  const { port, asked } = await serve({});
  const client = await forThisTest(rawClient(port));
  const path = `/${'a'.repeat(8191)}`;
  client.send(`GET ${path} HTTP/1.1\r\nHost: x\r\n${'a: b\r\n'.repeat(99)}\r\n`);
  await client.hears(/^HTTP\/1\.1 200 /);
  client.send('POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
  client.send('GET http://elsewhere/ HTTP/1.1\r\nHost: x\r\n\r\nGET /old HTTP/1.0\r\n\r\n');
  await client.closed;
  expect(asked).toEqual([path, '/none', 'http://elsewhere/', '/old']);
});

describe('a client that is slow', () => {
  const limits = { headersMs: 150, requestMs: 300, lookMs: 50 };

  test.each([
    ['sends nothing', ''],
    ['does not end its headers', 'GET / HTTP/1.1\r\nHost: x\r\n'],
    ['sends half a line, as HTTP/0.9 ends it', 'GET /metrics\r\n'],
  ])('and %s is told so and closed', async (_what, text) => {
    const { port, refused } = await serve(limits);
    const client = await forThisTest(rawClient(port));
    client.send(text);
    expect(await client.closed).toMatch(/^HTTP\/1\.1 408 .*the request did not arrive in time/s);
    expect(refused).toEqual(['timeout']);
  });

  test.each(['/huge', '/endless'])(
    'and does not take its answer is given up, and its memory is free: %s',
    async (path) => {
      const { port, refused, open } = await serve({ stalledMs: 200 });
      const client = await forThisTest(rawClient(port));
      client.socket.pause();
      client.send(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      await eventually(() => expect(refused).toEqual(['slow_reader']));
      await eventually(() => expect(open()).toBe(0));
    },
  );

  test('and takes its answer by and by has an end too', async () => {
    const { port, refused } = await serve({ takenMs: 500 });
    const client = await forThisTest(rawClient(port));
    client.socket.pause();
    const sipping = setInterval(() => client.socket.read(1000), 20);
    client.send('GET /huge HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => expect(refused).toEqual(['slow_reader']));
    clearInterval(sipping);
  });

  test('and has left before it was answered is not, and nothing of it is kept', async () => {
    const { port, asked, refused, open, release } = await serve({ takenMs: 200 });
    const gone = await forThisTest(rawClient(port));
    gone.send('GET /hold HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => expect(asked).toHaveLength(1));
    gone.socket.destroy();
    await eventually(() => expect(open()).toBe(0));
    release();
    // This one is given up after the other one would have been.
    const slow = await forThisTest(rawClient(port));
    slow.socket.pause();
    slow.send('GET /huge HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => expect(asked).toHaveLength(2));
    await eventually(() => expect(open()).toBe(0));
    expect(refused).toEqual(['slow_reader']);
  });

  test('and waits for its answer is not', async () => {
    const { port, release, refused } = await serve({ ...limits, stalledMs: 100, takenMs: 100 });
    const client = await forThisTest(rawClient(port));
    // The first answer is small and taken at once; the second is still to come.
    client.send('GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /hold HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.hears(/ok \/a/);
    // Longer than every limit that might be taken for the client's.
    await new Promise((resolve) => setTimeout(resolve, 500));
    release();
    await client.hears(/ok \/hold/);
    expect(refused).toEqual([]);
  });
});

test('requests that are not waited for are bounded on each connection', async () => {
  const { port, asked, refused } = await serve({});
  const client = await forThisTest(rawClient(port));
  client.send('GET /hold HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1000));
  await client.closed;
  expect(asked).toHaveLength(8);
  expect(refused).toEqual(['pipelining']);
});

describe('too many connections', () => {
  test('cost the oldest that have not sent a request, and then the longest idle', async () => {
    const { port, refused } = await serve({ connections: 4 });
    const waiting = await forThisTest(rawClient(port));
    waiting.send('GET /hold HTTP/1.1\r\nHost: x\r\n\r\n');
    const kept = await forThisTest(rawClient(port));
    kept.send('GET /kept HTTP/1.1\r\nHost: x\r\n\r\n');
    await kept.hears(/ok \/kept/);
    const slow = [await forThisTest(rawClient(port)), await forThisTest(rawClient(port))];
    for (const { send } of slow) send('GET / HTTP/1.1\r\n');
    for (const { closed } of slow) {
      expect((await httpGet(`http://127.0.0.1:${port}/new`)).status).toBe(200);
      const newest = await forThisTest(rawClient(port));
      newest.send('GET /also HTTP/1.1\r\nHost: x\r\n\r\n');
      await newest.hears(/ok \/also/);
      await closed;
    }
    expect(refused).toEqual(['connections', 'connections']);
    expect([waiting.socket.closed, kept.socket.closed]).toEqual([false, false]);
    const another = await forThisTest(rawClient(port));
    await kept.closed;
    expect([waiting.socket.closed, another.socket.closed]).toEqual([false, false]);
  });

  test('are refused where all others wait for answers', async () => {
    const { port, asked, refused, release } = await serve({ connections: 2 });
    const waiting = [await forThisTest(rawClient(port)), await forThisTest(rawClient(port))];
    for (const { send } of waiting) send('GET /hold HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => expect(asked).toHaveLength(2));
    const third = await forThisTest(rawClient(port));
    expect(await third.closed).toBe('');
    expect(refused).toEqual(['connections']);
    release();
    for (const { hears } of waiting) await hears(/ok \/hold/);
  });
});

/**
 * A server that answers everything at once, but `/hold` when it is released; `/huge` with more than is buffered,
 * `/endless` with a stream.
 */
async function serve(limits: Partial<ServerLimits>) {
  const asked: string[] = [];
  const refused: string[] = [];
  const logged: string[] = [];
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  function* endless() {
    for (;;) yield 'x'.repeat(65_536);
  }
  const handler: RequestListener = async ({ url = '' }, response) => {
    asked.push(url);
    if (url === '/hold') await released;
    if (url === '/endless') Readable.from(endless()).pipe(response);
    else response.end(url === '/huge' ? Buffer.alloc(50_000_000) : `ok ${url}`);
  };
  const logger = createLogger({ level: 'debug', format: 'logfmt' }, (line) => {
    logged.push(line);
  });
  const parts = serverParts(limits, { refused: (cause) => refused.push(cause), logger });
  const { address, stop } = await listen(handler, { host: '127.0.0.1', port: 0 }, parts);
  await forThisTest({ [Symbol.asyncDispose]: () => stop(0) });
  return { port: address.port, asked, refused, logged, release, open: parts.connections.count };
}
