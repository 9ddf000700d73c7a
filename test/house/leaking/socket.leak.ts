import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, test } from 'vitest';

let server: Server;
const accepted: Socket[] = [];
beforeAll(async () => {
  server = createServer((socket) => accepted.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
  for (const socket of accepted) socket.destroy();
});

test('opens nothing', () => {});

test('leaves its end open', async () => {
  const { port } = server.address() as { port: number };
  // Half-open, so that the end of the other side does not close it.
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  // It keeps nobody alive and is a descriptor all the same.
  socket.unref();
});
