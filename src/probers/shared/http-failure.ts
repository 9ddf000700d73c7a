import { errorCode, ProbeFailure } from '../failure.ts';
import { type Http2Fault, http2ErrorName, http2Reason } from './http2.ts';
import { handshakeFailure } from './tls.ts';

interface Connection {
  /** Who is at the other end, for messages. */
  readonly peer: string;
  /** What the socket itself reported: it tells a reset from a connection that was closed in order. */
  readonly socketError: Error | undefined;
  readonly http2?: { readonly fault: Http2Fault | undefined } | undefined;
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
  { peer, socketError, http2 }: Connection,
): ProbeFailure {
  const options = { cause: error };
  const code = errorCode(socketError) || errorCode(error);
  if (code.startsWith('ERR_SSL_')) return handshakeFailure(socketError ?? error, peer);
  if (socketError && BROKEN.has(code)) {
    return new ProbeFailure('reset', `${peer} reset the connection ${WHEN[stage]}`, options);
  }
  if (http2) return http2Failure(http2.fault, stage, peer, options);
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

function http2Failure(
  fault: Http2Fault | undefined,
  stage: 'answer' | 'body',
  peer: string,
  options: ErrorOptions,
): ProbeFailure {
  const failure = (reason: 'protocol' | 'reset', message: string) =>
    new ProbeFailure(reason, message, options);
  if (!fault) return failure('protocol', `${peer} closed the connection ${WHEN[stage]}`);
  if (fault.what === 'garbage') {
    return failure('protocol', `the answer of ${peer} is not valid HTTP/2`);
  }
  const what = fault.what === 'goaway' ? 'the connection' : 'the stream';
  const name = http2ErrorName(fault.code);
  return failure(http2Reason(fault.code), `${peer} ended ${what} ${WHEN[stage]} (HTTP/2 ${name})`);
}
