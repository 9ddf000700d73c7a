import type { ClientRequest } from 'node:http';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import wrapper from 'http2-wrapper';
import type { Lifeline } from '../shared/dial.ts';
import { HTTP1_HEADERS, type Http2Fault, holdSession } from '../shared/http2.ts';
import { onTooMany1xx } from '../shared/informational.ts';

/** HTTP/2 on one connection, for one request. */
export interface Http2 {
  readonly session: ClientHttp2Session;
  /** Present once the server, and not the network, broke it off. */
  readonly fault: Http2Fault | undefined;
  /** Takes note of a stream that ended with this code. */
  readonly broken: (code: number) => void;
}

/** What is written to the connection. */
interface Http2Request {
  readonly method: string;
  readonly authority: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  /** Whether no body follows. */
  readonly ends: boolean;
  /** Called where informational answers flood in. */
  readonly tooMany1xx: () => void;
}

// As HTTP/1.1 has it here.
const MAX_HEADER_BYTES = 256 * 1024;
const MAX_HEADERS = 2000;

/** Speaks HTTP/2 on a connection whose handshake has chosen it. It takes over the lifeline. */
export function startHttp2(socket: TLSSocket, lifeline: Lifeline): Http2 {
  // The authority is that of each request.
  const session = connect('https://localhost', {
    createConnection: () => socket,
    settings: { enablePush: false, maxHeaderListSize: MAX_HEADER_BYTES },
    maxHeaderListPairs: MAX_HEADERS,
  });
  holdSession(lifeline, session, socket);
  let fault: Http2Fault | undefined;
  session.on('goaway', (code) => {
    fault ??= { what: 'goaway', code };
  });
  // It shows on the stream too.
  session.on('error', () => {});
  return {
    session,
    get fault() {
      return fault;
    },
    broken: (code) => {
      // A connection that ends takes its streams with it: then nobody reset this one.
      if (socket.destroyed) return;
      fault ??= session.destroyed ? { what: 'garbage', code } : { what: 'reset', code };
    },
  };
}

/** Makes the request that got writes to and reads from. */
export function requestHttp2(
  http2: Http2,
  { ends, tooMany1xx, ...request }: Http2Request,
): ClientRequest {
  const native = wrapper.request({
    method: request.method,
    path: request.path,
    headers: { ...withoutConnection(request.headers), ':authority': request.authority },
    h2session: sessionFor(http2, { ends, tooMany1xx }, (error) => {
      // Else http2-wrapper would end the answer as if it were whole.
      native.aborted = true;
      native.destroy(error);
    }),
  });
  // http2-wrapper thinks that a GET never has one and a DELETE neither.
  Object.defineProperty(native, '_mustNotHaveABody', { value: ends });
  return native;
}

/**
 * As much of a session as http2-wrapper uses; it leaves no say in when a request ends.
 *
 * @param cut is told of a stream that was cut off: Node.js ends it like one that is complete.
 */
function sessionFor(
  { session, broken }: Http2,
  { ends, tooMany1xx }: Pick<Http2Request, 'ends' | 'tooMany1xx'>,
  cut: (error: Error) => void,
): ClientHttp2Session {
  const request = (headers: OutgoingHttpHeaders) => {
    const stream = session.request(headers, { endStream: ends });
    const note = () => broken(stream.rstCode ?? 0);
    stream.once('aborted', note).on('error', note).once('close', note);
    const isWhole = watchEnd(stream);
    stream.once('end', () => {
      if (isWhole()) return;
      note();
      cut(new Error('the stream was cut off'));
    });
    onTooMany1xx(stream, 'headers', tooMany1xx);
    return stream;
  };
  const { destroyed } = session;
  return { socket: { encrypted: true }, destroyed, request } as unknown as ClientHttp2Session;
}

/**
 * Tells whether the server itself ended what it sends, or a reset did, and keeps quiet of a reset that comes after that.
 *
 * The code of the reset does not tell, which may be NO_ERROR and may come behind a whole answer too, nor does what
 * nghttp2 knows of the stream at its end, which depends on how fast it is read. But Node.js pushes the end that the
 * server sent before it closes the stream, and makes up the other one after it.
 */
function watchEnd(stream: ClientHttp2Stream): () => boolean {
  let whole = false;
  const push = stream.push.bind(stream);
  stream.push = (chunk, encoding) => {
    if (chunk === null && !stream.closed) whole = true;
    return push(chunk, encoding);
  };
  // A server that has answered may reset a request that it does not need to the end: RFC 9113, 8.1.
  const emit = stream.emit.bind(stream);
  stream.emit = (event: string | symbol, ...values: unknown[]) =>
    event === 'aborted' && whole ? false : emit(event, ...values);
  return () => whole;
}

function withoutConnection(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) => !HTTP1_HEADERS.has(name) && (name !== 'te' || value === 'trailers'),
    ),
  );
}
