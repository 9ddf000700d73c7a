import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Identity } from './certificates.ts';
import { forThisTest } from './for-this-test.ts';
import { loopback } from './loopback.ts';

/** A real WebSocket server on the loopback interface, closed when the test is over. */
export interface TestWebSockets {
  readonly port: number;
  /** The handshakes as they arrived. */
  readonly requests: readonly IncomingMessage[];
  /** Codes that clients closed with; 1006 is the end of a connection that nobody announced. */
  readonly closeCodes: readonly number[];
  /** Connections open right now. */
  readonly open: () => number;
}

/** What the server says and hears, in order. */
export type Conversation = (socket: WebSocket) => void;

interface Setup {
  readonly tls?: Identity & { readonly ca?: string; readonly requestCert?: boolean };
  readonly subprotocols?: readonly string[];
}

export async function websocketServer(
  converse: Conversation = () => {},
  { tls, subprotocols = [] }: Setup = {},
): Promise<TestWebSockets> {
  const requests: IncomingMessage[] = [];
  const closeCodes: number[] = [];
  const server = tls ? createSecureServer(tls) : createServer();
  const websockets = new WebSocketServer({
    server,
    perMessageDeflate: true,
    handleProtocols: (offered) => subprotocols.find((name) => offered.has(name)) ?? false,
  });
  websockets.on('connection', (socket, request) => {
    requests.push(request);
    socket.on('error', () => {});
    socket.on('close', (code) => closeCodes.push(code));
    converse(socket);
  });
  const { port, open } = await forThisTest(loopback(server));
  return { port, requests, closeCodes, open };
}

/** Where a server of a test is. */
export function urlOf({ port }: TestWebSockets, path = '/'): string {
  return `ws://127.0.0.1:${port}${path}`;
}

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Answers the handshake and then sends these bytes, whatever they are: the server of a raw peer. */
export function upgraded(...parts: readonly Buffer[]): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', (request) => {
      socket.write(acceptance(request.toString('latin1')));
      for (const part of parts) socket.write(part);
    });
  };
}

/** The answer that makes a WebSocket of a connection. */
export function acceptance(request: string): string {
  const key = /sec-websocket-key: (?<key>\S+)/i.exec(request)?.groups?.key ?? '';
  const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

const FINAL = 0x80;
const LENGTH_16 = 126;

/** One frame as a server sends it: without a mask. */
export function frame(opcode: number, payload: string | Buffer, { final = true } = {}): Buffer {
  const bytes = Buffer.from(payload);
  const head =
    bytes.length < LENGTH_16
      ? Buffer.of(0, bytes.length)
      : Buffer.of(0, LENGTH_16, bytes.length >> 8, bytes.length & 255);
  head[0] = opcode | (final ? FINAL : 0);
  return Buffer.concat([head, bytes]);
}

export const CONTINUATION = 0;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
