import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { onTestFinished } from 'vitest';
import { startServer } from './servers.ts';

/** Listens on every address of this host, over TCP and UDP, and counts who comes: for those who must not. */
export interface Guard {
  readonly port: number;
  /** Connections and datagrams so far. */
  readonly visits: () => number;
  /** The address of this host that each connection was made to. */
  readonly reached: () => readonly string[];
}

/** Answers every connection as a healthy web server, until the test is over. */
export async function startGuard(): Promise<Guard> {
  const reached: string[] = [];
  const server = createServer((socket) => {
    reached.push((socket.localAddress ?? '').replace(/^::ffff:/, ''));
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  });
  const { port } = await startServer(server, '::');
  const datagrams = createSocket('udp6');
  let heard = 0;
  datagrams.on('message', () => heard++);
  datagrams.bind(port, '::');
  await once(datagrams, 'listening');
  onTestFinished(() => void datagrams.close());
  return { port, visits: () => reached.length + heard, reached: () => reached };
}
