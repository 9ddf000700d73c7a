import type { OutgoingHttpHeaders } from 'node:http';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Lifeline } from '../shared/dial.ts';
import { HTTP1_HEADERS, type Http2Fault, holdSession } from '../shared/http2.ts';
import { onTooMany1xx } from '../shared/informational.ts';
import { type HttpMessage, type Listener, MAX_HEADER_BYTES } from './message.ts';

/** HTTP/2 on one connection, for one request. */
export interface Http2 {
  readonly session: ClientHttp2Session;
  /** Present once the server, and not the network, broke it off. */
  readonly fault: Http2Fault | undefined;
  /** Takes note of a stream that ended with this code. */
  readonly broken: (code: number) => void;
}

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

/** Writes a request to a connection in HTTP/2 and reads the answer. */
export function talkHttp2(
  { method, host, path, headers, body }: HttpMessage,
  { session, broken }: Http2,
  { answered, broke, flooded }: Listener,
): void {
  // A method that has a body by its nature, which is empty: some servers wait for the end of it in a frame of its own.
  const ends = body === undefined && !('content-length' in headers);
  const stream = session.request(
    {
      ':method': method,
      ':scheme': 'https',
      ':authority': host,
      ':path': path,
      ...withoutConnection(headers),
    },
    { endStream: ends },
  );
  const note = () => broken(stream.rstCode ?? 0);
  stream.once('aborted', note).on('error', note).once('close', note);
  endWhereItWasCut(stream, note);
  stream.once('response', (fields, _flags, rawHeaders: readonly string[]) => {
    const { ':status': status = 0, ...rest } = fields;
    answered({ status, version: '2.0', headers: rest, rawHeaders }, stream);
  });
  // After an answer nobody hears it here any more.
  stream.once('close', () => broke(new Error('the stream was closed')));
  stream.on('error', broke);
  onTooMany1xx(stream, 'headers', flooded);
  if (!ends) stream.end(body);
}

/**
 * Makes an error of the end that Node.js gives a stream that was cut off like one that is complete, and keeps quiet of
 * a reset that comes after the end that the server itself sent.
 *
 * The code of the reset does not tell, which may be NO_ERROR and may come behind a whole answer too, nor does what
 * nghttp2 knows of the stream at its end, which depends on how fast it is read. But Node.js pushes the end that the
 * server sent before it closes the stream, and makes up the other one after it.
 */
function endWhereItWasCut(stream: ClientHttp2Stream, note: () => void): void {
  let whole = false;
  const push = stream.push.bind(stream);
  stream.push = (chunk, encoding) => {
    if (chunk === null && !stream.closed) whole = true;
    return push(chunk, encoding);
  };
  const emit = stream.emit.bind(stream);
  stream.emit = (event: string | symbol, ...values: unknown[]) => {
    if (event === 'end' && !whole) {
      note();
      return emit('error', new Error('the stream was cut off'));
    }
    // A server that has answered may reset a request that it does not need to the end: RFC 9113, 8.1.
    return event === 'aborted' && whole ? false : emit(event, ...values);
  };
}

function withoutConnection(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) => !HTTP1_HEADERS.has(name) && (name !== 'te' || value === 'trailers'),
    ),
  );
}
