import { once } from 'node:events';
import { Agent } from 'node:https';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { authorityOfThisFile } from '../support/file-authority.ts';
import { forThisTest } from '../support/for-this-test.ts';
import {
  ask,
  serveGuarded,
  TLS,
  verdictOf,
  webConfigDirectory,
  webConfigFiles,
} from '../support/web-config.ts';

const authority = authorityOfThisFile();

/** Serves by TLS. Who stops it in the test does no harm. */
async function serve(answer?: Parameters<typeof serveGuarded>[1]) {
  const directory = await forThisTest(webConfigDirectory(webConfigFiles(authority())));
  const file = await directory.config(TLS);
  return serveGuarded(file, answer);
}

describe('a TLS port', () => {
  test('tells who speaks plain HTTP so', async () => {
    const { port } = await forThisTest(serve());
    const { status, body } = await ask({ port, tls: false });
    expect({ status, body }).toEqual({
      status: 400,
      body: 'This server speaks TLS: ask it by https.\n',
    });
  });

  test('hangs up on who speaks neither, and serves the others', async () => {
    const { port, log } = await forThisTest(serve());
    for (const bytes of [Buffer.alloc(100), Buffer.from('\x16\x03\x01garbage garbage', 'latin1')]) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.end(bytes);
      socket.resume();
      await once(socket, 'close');
    }
    expect(await verdictOf({ port })).toBe(200);
    expect(log()).toMatch(/level=debug msg="TLS handshake failed" client=127\.0\.0\.1 error=/);
  });

  test('serves by its name (SNI) and without one, and speaks HTTP/1.1 to who could speak HTTP/2', async () => {
    const { port } = await forThisTest(serve());
    expect(await verdictOf({ port, secure: { servername: 'localhost' } })).toBe(200);
    expect(await verdictOf({ port, secure: { servername: '' } })).toBe(200);
    const socket = connectTls({
      ...{ port, host: '127.0.0.1', rejectUnauthorized: false },
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    await once(socket, 'secureConnect');
    expect(socket.alpnProtocol).toBe('http/1.1');
    socket.destroy();
  });

  test('stops, whoever is connected and says nothing', async () => {
    const server = await serve();
    const silent = connect(server.port, '127.0.0.1');
    silent.on('error', () => {});
    await once(silent, 'connect');
    // Who is served after it has been accepted after it.
    expect(await verdictOf({ port: server.port })).toBe(200);
    const closed = once(silent, 'close');
    silent.resume();
    await server[Symbol.asyncDispose]();
    await closed;
  });

  test('that stops answers what is in flight, and closes connections that are kept', async () => {
    const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const server = await serve(async ({ url }, response) => {
      if (url === '/slow') {
        isAsked();
        await released;
      }
      response.end('done');
    });
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const { port } = server;
    expect(await verdictOf({ port, agent, path: '/fast' })).toBe(200);
    const slow = ask({ port, path: '/slow' });
    await asked;
    const stopped = server.stop(10_000);
    release();
    expect(await slow).toMatchObject({ status: 200, body: 'done' });
    await stopped;
    expect(await verdictOf({ port })).toBe('refused');
    await server[Symbol.asyncDispose]();
  });
});
