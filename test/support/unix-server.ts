import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { forThisTest } from './for-this-test.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A server on a unix socket, closed when the test is over. */
export interface UnixServer {
  readonly path: string;
  /** Resolves when there has been a connection and none is open. */
  readonly emptied: () => Promise<void>;
}

/** The peer decides every byte. */
export async function unixServer(talk: (socket: Socket) => void = () => {}): Promise<UnixServer> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    talk(socket);
    socket.on('end', () => socket.end());
    if (socket.listenerCount('data') === 0) socket.resume();
  });
  return listenOnPath(server);
}

/** @param path in a directory of its own unless given. */
export async function listenOnPath(server: Server, path?: string): Promise<UnixServer> {
  const place = path ?? join((await forThisTest(temporaryDirectory())).path, 'socket');
  const sockets = new Set<Socket>();
  const { promise: used, resolve: use } = Promise.withResolvers<void>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    use();
    socket.on('error', () => {});
  });
  server.on('tlsClientError', () => {});
  server.listen(place);
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const emptied = async () => {
    await used;
    for (const socket of sockets) if (!socket.closed) await once(socket, 'close');
  };
  return { path: place, emptied };
}
