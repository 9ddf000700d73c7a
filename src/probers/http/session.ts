import type { ClientRequest } from 'node:http';
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import wrapper from 'http2-wrapper';
import type { Lifeline } from '../shared/dial.ts';
import { HTTP1_HEADERS, type Http2Fault } from '../shared/http2.ts';

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
  lifeline.hold(session);
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
export function requestHttp2(http2: Http2, { ends, ...request }: Http2Request): ClientRequest {
  const native = wrapper.request({
    method: request.method,
    path: request.path,
    headers: { ...withoutConnection(request.headers), ':authority': request.authority },
    h2session: sessionFor(http2, ends, (error) => {
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
  ends: boolean,
  cut: (error: Error) => void,
): ClientHttp2Session {
  const request = (headers: OutgoingHttpHeaders) => {
    const stream = session.request(headers, { endStream: ends });
    const note = () => broken(stream.rstCode ?? 0);
    stream.once('aborted', note).on('error', note).once('close', note);
    stream.once('end', () => {
      if (!stream.rstCode) return;
      note();
      cut(new Error('the stream was cut off'));
    });
    return stream;
  };
  const { destroyed } = session;
  return { socket: { encrypted: true }, destroyed, request } as unknown as ClientHttp2Session;
}

function withoutConnection(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) => !HTTP1_HEADERS.has(name) && (name !== 'te' || value === 'trailers'),
    ),
  );
}
