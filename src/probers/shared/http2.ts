import { type ClientHttp2Session, constants } from 'node:http2';
import type { Socket } from 'node:net';
import type { Lifeline } from './dial.ts';

/** What speaks of the connection and so has no place in HTTP/2: RFC 9113, 8.2.2. */
export const HTTP1_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Has the lifeline end a connection that speaks HTTP/2. To end its session is not enough: Node.js then waits for ever
 * for a server that reads nothing, or that has sent a GOAWAY, to let go of its side.
 *
 * @param socket what the session was opened on: with TLS the one that speaks it, never the one under it.
 */
export function holdSession(lifeline: Lifeline, session: ClientHttp2Session, socket: Socket): void {
  lifeline.hold({
    destroy: () => {
      session.destroy();
      // The session says goodbye first.
      setImmediate(() => socket.destroy());
    },
  });
}

/** How a server broke HTTP/2 off: the connection or the one stream, with an error code of RFC 9113, section 7. */
export interface Http2Fault {
  readonly what: 'goaway' | 'reset' | 'garbage';
  readonly code: number;
}

// RFC 9113, 7, in the order of their numbers.
const NAMES = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
] as const;

// Whichever side says so: they do not understand each other.
const DISAGREEMENTS: ReadonlySet<number> = new Set([
  constants.NGHTTP2_PROTOCOL_ERROR,
  constants.NGHTTP2_FLOW_CONTROL_ERROR,
  constants.NGHTTP2_FRAME_SIZE_ERROR,
  constants.NGHTTP2_COMPRESSION_ERROR,
]);

/** The name of an HTTP/2 error code, or its number. */
export function http2ErrorName(code: number): string {
  return NAMES[code] ?? `error ${code}`;
}

/** What it means that a server broke HTTP/2 off with an error code. */
export function http2Reason(code: number): 'protocol' | 'reset' {
  return DISAGREEMENTS.has(code) ? 'protocol' : 'reset';
}
