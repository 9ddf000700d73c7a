import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net';

/** A server on a port of its own, on the loopback interface, which lives until a test disposes of it. */
export interface Loopback extends AsyncDisposable {
  readonly port: number;
  /** Connections open right now. */
  readonly open: () => number;
}

/** Listens with any server: TCP, TLS, HTTP, HTTPS. */
export async function loopback(server: Server): Promise<Loopback> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    open: () => sockets.size,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

export function httpLoopback(answer: RequestListener): Promise<Loopback> {
  return loopback(createHttp(answer));
}

/** Accepts, says `greeting` if anything, and then nothing more. */
export function tcpLoopback(greeting = ''): Promise<Loopback> {
  return loopback(
    createTcp((socket) => {
      // That a client is gone shows only to those who read.
      socket.resume();
      if (greeting !== '') socket.write(greeting);
    }),
  );
}

const UNASSIGNED_PORTS = [20_000, 32_000] as const;

/**
 * A port that nobody listens on, and that nobody is given who asks for any port: those come from higher up. For
 * servers that cannot choose themselves, and for closed ports.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(...UNASSIGNED_PORTS);
    const server = createTcp();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
