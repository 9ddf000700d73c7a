import { errorCode, ProbeFailure } from '../failure.ts';
import { handshakeFailure } from './tls.ts';

interface Connection {
  /** Who is at the other end, for messages. */
  readonly peer: string;
  /** What the socket itself reported: it tells a reset from a connection that was closed in order. */
  readonly socketError: Error | undefined;
}

const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);
const CUT_SHORT = new Set(['ERR_HTTP_CONTENT_LENGTH_MISMATCH', 'HPE_INVALID_EOF_STATE']);

/**
 * Makes a failure of whatever ended an HTTP exchange.
 *
 * @param stage what was under way: `answer` before its headers were complete, `body` after.
 */
export function exchangeFailure(
  error: Error,
  stage: 'answer' | 'body',
  { peer, socketError }: Connection,
): ProbeFailure {
  const options = { cause: error };
  const code = errorCode(socketError) || errorCode(error);
  if (code.startsWith('ERR_SSL_')) return handshakeFailure(socketError ?? error, peer);
  if (socketError && BROKEN.has(code)) {
    return new ProbeFailure('reset', `${peer} reset the connection ${WHEN[stage]}`, options);
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new ProbeFailure('protocol', `the headers of ${peer} never seem to end`, options);
  }
  if (BROKEN.has(code) || CUT_SHORT.has(code)) {
    return new ProbeFailure('protocol', `${peer} closed the connection ${WHEN[stage]}`, options);
  }
  if (code.startsWith('HPE_')) {
    return new ProbeFailure(
      'protocol',
      `the answer of ${peer} is not valid HTTP (${code})`,
      options,
    );
  }
  return new ProbeFailure('internal', `the exchange with ${peer} broke off: ${code}`, options);
}

const WHEN = {
  answer: 'before it answered',
  body: 'before the body was complete',
} as const;
