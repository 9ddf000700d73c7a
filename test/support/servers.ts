import { createServer as createHttp, type RequestListener } from 'node:http';
import {
  createSecureServer as createHttp2,
  type IncomingHttpHeaders as IncomingHttp2Headers,
  type SecureServerOptions,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer as createHttps, type ServerOptions } from 'node:https';
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net';
import { createServer as createTls, type TlsOptions } from 'node:tls';
import { onTestFinished } from 'vitest';

/** A real server on the loopback interface, on a port of its own, closed when the test is over. */
export interface TestServer {
  readonly port: number;
  /** Every connection it ever had. */
  readonly sockets: readonly Socket[];
  /** Resolves when there has been a connection and none is open. */
  readonly emptied: () => Promise<void>;
}

export function httpServer(answer: RequestListener): Promise<TestServer> {
  return startServer(createHttp(answer));
}

export function httpsServer(options: ServerOptions, answer: RequestListener): Promise<TestServer> {
  return startServer(createHttps(options, answer));
}

/** HTTP/2 alone, unless the options allow HTTP/1.1. A session or stream that breaks hurts nobody. */
export function http2Server(
  options: SecureServerOptions,
  answer: (stream: ServerHttp2Stream, headers: IncomingHttp2Headers) => void,
): Promise<TestServer> {
  const server = createHttp2(options);
  server.on('sessionError', () => {});
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => {});
    answer(stream, headers);
  });
  return startServer(server);
}

/** The peer decides every byte. */
export function tcpServer(
  talk: (socket: Socket) => void = () => {},
  host = '127.0.0.1',
): Promise<TestServer> {
  const server = createTcp({ allowHalfOpen: true }, (socket) => {
    talk(socket);
    // That a client is gone shows only to those who read.
    socket.on('end', () => socket.end());
    if (socket.listenerCount('data') === 0) socket.resume();
  });
  return startServer(server, host);
}

export function tlsServer(
  options: TlsOptions,
  talk: (socket: Socket) => void = () => {},
): Promise<TestServer> {
  return startServer(
    createTls(options, (socket) => {
      socket.on('error', () => {});
      talk(socket);
    }),
  );
}

/** Listens with any server of Node.js. */
export async function startServer(server: Server, host = '127.0.0.1'): Promise<TestServer> {
  const sockets: Socket[] = [];
  let changed = () => {};
  server.on('connection', (socket: Socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('close', () => changed());
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((listening) => server.listen(0, host, listening));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const emptied = async () => {
    while (sockets.length === 0 || sockets.some((socket) => !socket.destroyed)) {
      await new Promise<void>((resolve) => {
        changed = resolve;
      });
    }
  };
  return { port: (server.address() as AddressInfo).port, sockets, emptied };
}
