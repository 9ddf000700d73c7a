import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { answerWithin, serverOptions } from '../../src/web/bounds.ts';
import { listen } from '../../src/web/server.ts';
import { putTlsBefore } from '../../src/web/tls/front.ts';
import { eventually } from '../support/eventually.ts';
import { authorityOfThisFile } from '../support/file-authority.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { serverParts } from '../support/web-application.ts';

const authority = authorityOfThisFile();
const REQUEST = 'GET /hold HTTP/1.1\r\nHost: x\r\n\r\n';

function tlsParts() {
  const { cert, key } = authority().issue({ names: 'DNS:localhost' });
  const material = {
    context: { cert, key },
    clientAuthType: 'NoClientCert' as const,
    clientAllowedSans: undefined,
  };
  return { current: async () => material, refused: () => {} };
}

/** TLS over a unix-domain socket, as systemd may pass it. Nothing is answered before `release`. */
async function serveOnPath(limits: Parameters<typeof serverParts>[0] = {}) {
  const path = join((await forThisTest(temporaryDirectory())).path, 'socket');
  const refused: string[] = [];
  const parts = serverParts(limits, { refused: (cause) => refused.push(cause) });
  const asked: string[] = [];
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const server = createServer(serverOptions(parts.limits));
  putTlsBefore(server, tlsParts());
  answerWithin(
    server,
    async ({ url = '' }, response) => {
      asked.push(url);
      await released;
      response.end('answered');
    },
    parts,
  );
  server.listen(path);
  await once(server, 'listening');
  await forThisTest({
    [Symbol.asyncDispose]: async () => {
      parts.connections.closeAll();
      server.close();
      await once(server, 'close');
    },
  });
  return { path, asked, refused, release, connections: parts.connections };
}

/** Speaks TLS over a unix-domain socket and keeps what it hears. */
async function clientOf(path: string) {
  const socket = connectTls({ path, rejectUnauthorized: false });
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  await forThisTest({ [Symbol.asyncDispose]: async () => void socket.destroy() });
  return { socket, heard: () => text, closed: once(socket, 'close') };
}

describe('TLS over a unix-domain socket', () => {
  test('is answered while the server drains, and told that the connection closes', async () => {
    const { path, asked, release, connections } = await serveOnPath();
    const { socket, heard } = await clientOf(path);
    socket.write(REQUEST);
    await eventually(() => expect(asked).toHaveLength(1));
    connections.drain();
    // Whoever has connected and said nothing for a second is closed, which this one has not.
    const silent = connect(path);
    await once(silent, 'connect');
    const sweep = setInterval(connections.closeIdle, 20);
    await once(silent.resume(), 'close').finally(() => clearInterval(sweep));
    release();
    await eventually(() => expect(heard()).toContain('answered'));
    expect(heard()).toContain('Connection: close');
  });

  test('does not make room for others while it waits for an answer', async () => {
    const { path, asked, refused, release } = await serveOnPath({ connections: 1 });
    const { socket, heard } = await clientOf(path);
    socket.write(REQUEST);
    await eventually(() => expect(asked).toHaveLength(1));
    const second = connect(path).resume();
    second.on('error', () => {});
    await once(second, 'close');
    expect(refused).toEqual(['connections']);
    release();
    await eventually(() => expect(heard()).toContain('answered'));
  });

  test('has a bound of requests that are not waited for', async () => {
    const { path, asked, refused } = await serveOnPath();
    const { socket, closed } = await clientOf(path);
    socket.write(REQUEST.repeat(100));
    await closed;
    expect(asked).toHaveLength(8);
    expect(refused).toEqual(['pipelining']);
  });
});

test('who has just connected to a TLS port that begins to drain is answered', async () => {
  const parts = { ...serverParts(), tls: tlsParts() };
  const { address, stop } = await listen(
    (_request, response) => response.end('answered'),
    { host: '127.0.0.1', port: 0 },
    parts,
  );
  const socket = connect(address.port, '127.0.0.1');
  await eventually(() => expect(parts.connections.count()).toBe(1));
  const stopped = stop(10_000);
  const client = connectTls({ socket, rejectUnauthorized: false });
  client.on('error', () => {});
  client.write(REQUEST);
  let text = '';
  client.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(client, 'close');
  expect(text).toContain('answered');
  await stopped;
});

test('who speaks plain HTTP to a TLS port and stays is not kept', async () => {
  const parts = { ...serverParts(), tls: tlsParts() };
  const { address, stop } = await listen(() => {}, { host: '127.0.0.1', port: 0 }, parts);
  const socket = connect({ port: address.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.write(REQUEST);
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toContain('This server speaks TLS');
  expect(parts.connections.count()).toBe(1);
  await eventually(() => expect(parts.connections.count()).toBe(0));
  socket.destroy();
  await stop(0);
});

test('handshakes that fail are counted, and not who only looks whether the port is open', async () => {
  const refused: string[] = [];
  const counted = serverParts({}, { refused: (cause) => refused.push(cause) });
  const parts = { ...counted, tls: tlsParts() };
  const { address, stop } = await listen(() => {}, { host: '127.0.0.1', port: 0 }, parts);
  const closed = async (socket: Socket) => {
    socket.on('error', () => {}).resume();
    await new Promise((resolve) => socket.once('close', resolve));
  };
  const place = { port: address.port, host: '127.0.0.1' };
  await closed(
    connect(place, function (this: Socket) {
      this.end();
    }),
  );
  expect(refused).toEqual([]);
  const distrustful = connectTls({
    ...place,
    minVersion: 'TLSv1.3',
    ciphers: 'TLS_AES_128_CCM_SHA256',
  });
  await closed(distrustful);
  await eventually(() => expect(refused).toEqual(['tls_handshake']));
  const plain = connect(place);
  plain.write(REQUEST);
  await closed(plain);
  const noise = connect(place);
  noise.write('\0\0');
  await closed(noise);
  expect(refused).toEqual(['tls_handshake', 'tls_handshake', 'tls_handshake']);
  await stop(0);
});

test('one client with two connections of the same ports, to two addresses, counts twice', async () => {
  const parts = { ...serverParts(), tls: tlsParts() };
  const { address, stop } = await listen(() => {}, { host: '0.0.0.0', port: 0 }, parts);
  const first = connect({ host: '127.0.0.1', port: address.port, localAddress: '127.0.0.1' });
  await once(first, 'connect');
  const { localPort } = first;
  const second = connect({
    ...{ host: '127.0.0.2', port: address.port },
    ...{ localAddress: '127.0.0.1', localPort },
  });
  await once(second, 'connect');
  await eventually(() => expect(parts.connections.count()).toBe(2));
  for (const socket of [first, second]) socket.destroy();
  await stop(0);
});
