import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** How long a client that was refused has to read why, before its connection is gone. */
const LINGER_MS = 1000;

/**
 * Answers on the connection itself, past everything that makes answers, and closes it. For clients whose request is
 * not read to its end: what they still send is thrown away.
 */
export function refuse(
  socket: Duplex,
  status: number,
  sentence: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = `${sentence}\n`;
  const lines = Object.entries({
    ...headers,
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  // To close it now would tell a client that still sends of a reset, and not of the answer.
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}
