import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { Socket } from 'node:net';
import { errorCode, ProbeFailure } from '../failure.ts';
import type { Lifeline } from '../shared/dial.ts';
import { holdSession } from '../shared/http2.ts';
import { onTooMany1xx } from '../shared/informational.ts';
import { keepSocketError } from '../shared/socket-error.ts';
import { frame, frameLength } from './frame.ts';

/** Far above any honest health response. */
export const MAX_MESSAGE_KIBIBYTES = 64;

/** One call with one message. */
export interface GrpcCall {
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly message: Uint8Array;
  readonly timeoutSeconds: number;
}

type ResponseHeaders = IncomingHttpHeaders & IncomingHttpStatusHeader;

/** Everything that was seen of a call, when nothing more can come of it. */
export interface GrpcExchange {
  readonly headers: ResponseHeaders | undefined;
  readonly trailers: IncomingHttpHeaders | undefined;
  /** Frames, as they came. */
  readonly body: Buffer;
  readonly isTooLong: boolean;
  /** Whether there were more informational answers than any honest server gives. */
  readonly has1xxFlood: boolean;
  /** HTTP/2's error code in a RST_STREAM of the server. */
  readonly resetCode: number | undefined;
  /** HTTP/2's error code in a GOAWAY that refused or ended the call. */
  readonly goawayCode: number | undefined;
  /** What the socket reported when it broke. */
  readonly socketError: Error | undefined;
  readonly isClosed: boolean;
  /** Whether the server broke the rules of HTTP/2. */
  readonly isNotHttp2: boolean;
}

/**
 * Makes one gRPC call on an open connection and waits until it is over, however it ends. The lifeline holds the
 * connection from here on.
 *
 * @throws {ProbeFailure} `unsupported` where HTTP/2 has no way to say the headers.
 */
export function callGrpc(
  socket: Socket,
  call: GrpcCall,
  lifeline: Lifeline,
): Promise<GrpcExchange> {
  lifeline.signal.throwIfAborted();
  return new Promise((over, failed) => {
    const seen = keepSocketError(socket, observation());
    // Before the session's own listener, which ends the streams.
    socket.once('close', () => {
      seen.isClosed = true;
    });
    // Only what the request says of scheme and authority counts.
    const session = connect(`${call.scheme}://localhost`, {
      createConnection: () => socket,
      settings: { enablePush: false },
    });
    holdSession(lifeline, session, socket);
    watchSession(session, seen);
    try {
      const stream = session.request(requestHeaders(call));
      watchStream(stream, seen, () => over(summary(seen)));
      stream.end(frame(call.message));
    } catch (error) {
      const sentence = `the metadata cannot be sent over HTTP/2: ${errorCode(error)}`;
      failed(new ProbeFailure('unsupported', sentence, { cause: error }));
    }
  });
}

function requestHeaders({
  scheme,
  authority,
  path,
  headers,
  timeoutSeconds,
}: GrpcCall): OutgoingHttpHeaders {
  return {
    ':method': 'POST',
    ':scheme': scheme,
    ':path': path,
    ':authority': authority,
    te: 'trailers',
    'grpc-timeout': grpcTimeout(timeoutSeconds),
    'content-type': 'application/grpc',
    ...headers,
  };
}

const MAX_TIMEOUT_DIGITS = 8;

/** A duration as gRPC writes it: at most eight digits and a unit. */
export function grpcTimeout(seconds: number): string {
  const milliseconds = Math.ceil(seconds * 1000);
  if (String(milliseconds).length <= MAX_TIMEOUT_DIGITS) return `${milliseconds}m`;
  return `${Math.min(Math.ceil(seconds), 10 ** MAX_TIMEOUT_DIGITS - 1)}S`;
}

interface Observation {
  headers: GrpcExchange['headers'];
  trailers: IncomingHttpHeaders | undefined;
  readonly chunks: Buffer[];
  bytes: number;
  /** The length of the first message, once its head has come. */
  announced: number | undefined;
  isTooLong: boolean;
  has1xxFlood: boolean;
  resetCode: number | undefined;
  goawayCode: number | undefined;
  socketError: Error | undefined;
  sessionError: Error | undefined;
  isClosed: boolean;
}

function observation(): Observation {
  return {
    headers: undefined,
    trailers: undefined,
    chunks: [],
    bytes: 0,
    announced: undefined,
    isTooLong: false,
    has1xxFlood: false,
    resetCode: undefined,
    goawayCode: undefined,
    socketError: undefined,
    sessionError: undefined,
    isClosed: false,
  };
}

function watchSession(session: ClientHttp2Session, seen: Observation): void {
  session.on('goaway', (code) => {
    seen.goawayCode ??= code;
  });
  session.on('error', (error) => {
    seen.sessionError ??= error;
  });
}

function watchStream(stream: ClientHttp2Stream, seen: Observation, over: () => void): void {
  stream.on('error', (error) => {
    // A reset is known by its code. Anything else befell the session, which itself reports it later.
    if (errorCode(error) !== 'ERR_HTTP2_STREAM_ERROR') seen.sessionError ??= error;
  });
  onTooMany1xx(stream, 'headers', () => {
    seen.has1xxFlood = true;
    over();
  });
  stream.on('response', (headers) => {
    seen.headers = headers;
    // The body of a page that some proxy sent may be without end.
    if (!isGrpc(headers)) over();
  });
  stream.on('trailers', (trailers) => {
    seen.trailers = trailers;
  });
  stream.on('data', (chunk: Buffer) => {
    seen.chunks.push(chunk);
    seen.bytes += chunk.length;
    // Once, as soon as it is there: a peer that drips must not make this cost the square of what it sends.
    seen.announced ??= frameLength(Buffer.concat(seen.chunks));
    if (Math.max(seen.bytes, seen.announced ?? 0) <= MAX_MESSAGE_BYTES) return;
    seen.isTooLong = true;
    over();
  });
  stream.on('close', () => {
    if (!seen.isClosed && !seen.sessionError) seen.resetCode = stream.rstCode;
    over();
  });
}

/** Whether an answer is one of gRPC, and not of something that only speaks HTTP. */
export function isGrpc(headers: ResponseHeaders): boolean {
  return (
    headers[':status'] === 200 &&
    /^application\/grpc(?:[+;]|$)/i.test(headers['content-type'] ?? '')
  );
}

const MAX_MESSAGE_BYTES = MAX_MESSAGE_KIBIBYTES * 1024;

function summary(seen: Observation): GrpcExchange {
  const { chunks, bytes, announced, sessionError, resetCode, ...others } = seen;
  return {
    ...others,
    body: Buffer.concat(chunks),
    resetCode: resetCode === 0 && seen.headers ? undefined : resetCode,
    isNotHttp2: errorCode(sessionError) === 'ERR_HTTP2_ERROR',
  };
}
