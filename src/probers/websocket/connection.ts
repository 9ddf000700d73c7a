import type { Socket } from 'node:net';
import type WebSocket from 'ws';
import { lazyPackage } from '../../lib/lazy.ts';
import { errorCode, ProbeFailure } from '../failure.ts';
import { exchangeFailure } from '../shared/http-failure.ts';
import { keepSocketError } from '../shared/socket-error.ts';
import { handshakeFailure } from '../shared/tls.ts';

/** The library, loaded with the first call. */
export const library = lazyPackage<typeof import('ws')>('ws');

/** Far above any honest message that an expression is to match. */
const MAX_MESSAGE_MEBIBYTES = 1;
const MAX_HEADER_BYTES = 256 * 1024;
// To put together what came in pieces costs `ws` the square of their number.
const MAX_PIECES = 16 * 1024;

/** What to ask for on an open connection. */
export interface Handshake {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly subprotocols: readonly string[];
  /** Who is at the other end, for messages. */
  readonly peer: string;
}

/** The answer to a handshake: messages can be exchanged, or not. */
export interface Upgrade {
  /** Status code of HTTP, where an answer of HTTP came. */
  readonly status: number | undefined;
  readonly result: MessageStream | ProbeFailure;
}

/** Messages in both directions. */
export interface MessageStream {
  /**
   * The next message, of whatever kind. `undefined`: the peer closed the connection in order.
   *
   * @throws {ProbeFailure} `protocol`, `reset`, `tls`.
   */
  readonly next: () => Promise<Buffer | undefined>;
  readonly sendText: (text: Buffer) => void;
  readonly sendBinary: (bytes: Buffer) => void;
  /** Says goodbye; the answer to that is nobody's concern. */
  readonly close: () => void;
}

/**
 * Makes the handshake of a WebSocket on an open connection, which whoever opened it has to end.
 *
 * @throws {Error} where what there is to send is no header, or no list of subprotocols.
 */
export function upgrade(socket: Socket, handshake: Handshake): Promise<Upgrade> {
  return new Promise((answered) => {
    const { url, headers, subprotocols, peer } = handshake;
    let status: number | undefined;
    const connection: Connection = keepSocketError(socket, { peer, socketError: undefined });
    const websocket = new (library().WebSocket)(url, [...subprotocols], {
      ...CLIENT,
      // What is written takes several values for a name, whatever the types say.
      headers: headers as Record<string, string>,
      createConnection: () => socket,
    });
    const stream = messagesOf(websocket, connection);
    websocket.on('upgrade', ({ statusCode }) => {
      status = statusCode;
    });
    websocket.on('unexpected-response', (_request, { statusCode }) =>
      answered({ status: statusCode, result: refusal(statusCode, peer) }),
    );
    websocket.on('open', () => answered({ status, result: stream }));
    websocket.on('error', (error) =>
      answered({ status, result: handshakeProblem(error, connection) }),
    );
  });
}

// `ws` has no types for what it hands on to the request: the size of the headers.
const CLIENT: WebSocket.ClientOptions & { readonly maxHeaderSize: number } = {
  perMessageDeflate: false,
  followRedirects: false,
  maxPayload: MAX_MESSAGE_MEBIBYTES * 1024 * 1024,
  maxBufferedChunks: MAX_PIECES,
  maxHeaderSize: MAX_HEADER_BYTES,
};

interface Connection {
  readonly peer: string;
  /** What the socket reported when it broke. */
  socketError: Error | undefined;
}

function refusal(status: number | undefined, peer: string): ProbeFailure {
  // It does not say to what it has switched.
  if (status === 101) return new ProbeFailure('protocol', noHandshake(peer));
  return new ProbeFailure('status', `status ${status}, expected 101`);
}

function handshakeProblem(error: Error, connection: Connection): ProbeFailure {
  const { peer, socketError } = connection;
  // What `ws` itself finds wrong has no code.
  if (errorCode(error) !== '' || errorCode(socketError) !== '') {
    return exchangeFailure(error, 'answer', connection);
  }
  return new ProbeFailure('protocol', noHandshake(peer), { cause: error });
}

function noHandshake(peer: string): string {
  return `the answer of ${peer} is no handshake of a WebSocket`;
}

function messagesOf(websocket: WebSocket, connection: Connection): MessageStream {
  const received: Buffer[] = [];
  let end: 'open' | 'closed' | ProbeFailure = 'open';
  let wake = () => {};
  websocket.on('message', (data) => {
    received.push(data as Buffer);
    wake();
  });
  websocket.on('error', (error) => {
    end = messageProblem(error, connection);
    wake();
  });
  websocket.on('ping', () => {
    // `ws` hangs up on a peer whose pings come faster than it takes the answers.
    if (websocket.readyState !== websocket.CLOSING || end !== 'open') return;
    const message = `${connection.peer} sent pings faster than they can be answered`;
    end = new ProbeFailure('protocol', message);
    wake();
  });
  websocket.on('close', () => {
    if (end === 'open') end = breakdown(connection) ?? 'closed';
    wake();
  });
  return {
    next: async () => {
      for (;;) {
        const message = received.shift();
        if (message) return message;
        if (end instanceof ProbeFailure) throw end;
        if (end === 'closed') return undefined;
        await new Promise<void>((changed) => {
          wake = changed;
        });
      }
    },
    sendText: (text) => websocket.send(text, { binary: false }, ignore),
    sendBinary: (bytes) => websocket.send(bytes, { binary: true }, ignore),
    close: () => websocket.close(NORMAL),
  };
}

/** RFC 6455, 7.4.1. */
const NORMAL = 1000;

/** That nothing can be sent any more shows where something is received. */
function ignore(): void {}

const SENTENCES: Readonly<Record<string, string>> = {
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: `sent a message longer than ${MAX_MESSAGE_MEBIBYTES} MiB`,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: `sent a message in more than ${MAX_PIECES} pieces`,
  WS_ERR_INVALID_UTF8: 'sent a text message that is not UTF-8',
};

function messageProblem(error: Error, connection: Connection): ProbeFailure {
  const code = errorCode(error);
  const what = SENTENCES[code] ?? `broke the rules of WebSocket (${code || 'unknown error'})`;
  return (
    breakdown(connection) ??
    new ProbeFailure('protocol', `${connection.peer} ${what}`, { cause: error })
  );
}

function breakdown({ peer, socketError }: Connection): ProbeFailure | undefined {
  if (!socketError) return undefined;
  if (errorCode(socketError).startsWith('ERR_SSL_')) return handshakeFailure(socketError, peer);
  return new ProbeFailure('reset', `${peer} reset the connection`, { cause: socketError });
}
