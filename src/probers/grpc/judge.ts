import { errorCode, ProbeFailure, type Reason } from '../failure.ts';
import { http2ErrorName, http2Reason } from '../shared/http2.ts';
import { tooMany1xx } from '../shared/informational.ts';
import { handshakeFailure } from '../shared/tls.ts';
import { type GrpcExchange, isGrpc, MAX_MESSAGE_KIBIBYTES } from './call.ts';
import { type FrameContent, unframe } from './frame.ts';
import { codeOfHttpStatus, codeOfReset, GRPC, grpcStatusName } from './status.ts';

/** What came of a call: its status, and the message of a good one or what was wrong. */
export type GrpcResult =
  | { readonly code: typeof GRPC.OK; readonly message: Buffer }
  | { readonly code: number; readonly failure: ProbeFailure };

/** Judges a call that is over. Where the server gave no status, the code is the one that gRPC's own clients give. */
export function judgeGrpc(exchange: GrpcExchange, peer: string): GrpcResult {
  const { headers, trailers, body, isTooLong, has1xxFlood } = exchange;
  if (has1xxFlood) return no(GRPC.INTERNAL, 'protocol', tooMany1xx(peer));
  if (!headers) return brokenOff(exchange, peer);
  if (isTooLong) {
    const sentence = `${peer} sent more than ${MAX_MESSAGE_KIBIBYTES} KiB`;
    return no(GRPC.RESOURCE_EXHAUSTED, 'protocol', sentence);
  }
  const code = statusCode(trailers?.['grpc-status'] ?? headers['grpc-status']);
  if (code !== undefined && code !== GRPC.OK) {
    return no(code, 'status', `gRPC status ${grpcStatusName(code)}`);
  }
  if (!isGrpc(headers)) return notGrpc(headers[':status'] ?? 0, peer);
  if (code === GRPC.OK) return content(unframe(body), peer);
  if (trailers) return no(GRPC.UNKNOWN, 'protocol', `${peer} gave no gRPC status`);
  return brokenOff(exchange, peer);
}

function statusCode(text: string | string[] | undefined): number | undefined {
  return typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function notGrpc(status: number, peer: string): GrpcResult {
  const code = codeOfHttpStatus(status);
  if (status === 200) return no(code, 'protocol', `the answer of ${peer} is not gRPC`);
  return no(code, 'status', `HTTP status ${status} in place of a gRPC answer`);
}

const FRAME_SENTENCES = {
  missing: 'answered without a message',
  compressed: 'compressed its answer, which was not asked for',
  'cut short': 'ended its answer within a message',
  'more than one': 'sent more than one message',
} as const;

function content(content: FrameContent, peer: string): GrpcResult {
  if ('message' in content) return { code: GRPC.OK, message: content.message };
  return no(GRPC.INTERNAL, 'protocol', `${peer} ${FRAME_SENTENCES[content.problem]}`);
}

function brokenOff(exchange: GrpcExchange, peer: string): GrpcResult {
  const { socketError, resetCode, goawayCode, isNotHttp2 } = exchange;
  if (errorCode(socketError).startsWith('ERR_SSL_') && socketError) {
    return { code: GRPC.UNAVAILABLE, failure: handshakeFailure(socketError, peer) };
  }
  if (socketError) return no(GRPC.UNAVAILABLE, 'reset', `${peer} reset the connection`);
  if (isNotHttp2) return no(GRPC.UNAVAILABLE, 'protocol', `${peer} does not speak HTTP/2`);
  if (goawayCode) {
    const sentence = `${peer} ended the connection: ${http2ErrorName(goawayCode)}`;
    return no(GRPC.UNAVAILABLE, http2Reason(goawayCode), sentence);
  }
  if (resetCode !== undefined) {
    const sentence = `${peer} reset the call: ${http2ErrorName(resetCode)}`;
    return no(codeOfReset(resetCode), http2Reason(resetCode), sentence);
  }
  if (exchange.isClosed) {
    return no(
      GRPC.UNAVAILABLE,
      'protocol',
      `${peer} closed the connection before its answer was complete`,
    );
  }
  return no(GRPC.INTERNAL, 'protocol', `${peer} ended its answer without a status`);
}

function no(code: number, reason: Reason, message: string): GrpcResult {
  return { code, failure: new ProbeFailure(reason, message) };
}
