import { constants } from 'node:http2';

/** The status codes of gRPC that are named here. */
export const GRPC = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

const NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

/** A status code with its name, where it has one. */
export function grpcStatusName(code: number): string {
  const name = NAMES[code];
  return name ? `${code} ${name}` : String(code);
}

const BY_HTTP_STATUS: Readonly<Record<number, number>> = {
  400: GRPC.INTERNAL,
  401: GRPC.UNAUTHENTICATED,
  403: GRPC.PERMISSION_DENIED,
  404: GRPC.UNIMPLEMENTED,
  429: GRPC.UNAVAILABLE,
  502: GRPC.UNAVAILABLE,
  503: GRPC.UNAVAILABLE,
  504: GRPC.UNAVAILABLE,
};

/** What an HTTP answer without a gRPC status means, as gRPC's "HTTP to gRPC Status Code Mapping" has it. */
export function codeOfHttpStatus(status: number): number {
  return BY_HTTP_STATUS[status] ?? GRPC.UNKNOWN;
}

const BY_RESET: Readonly<Record<number, number>> = {
  [constants.NGHTTP2_REFUSED_STREAM]: GRPC.UNAVAILABLE,
  [constants.NGHTTP2_CANCEL]: GRPC.CANCELLED,
  [constants.NGHTTP2_ENHANCE_YOUR_CALM]: GRPC.RESOURCE_EXHAUSTED,
  [constants.NGHTTP2_INADEQUATE_SECURITY]: GRPC.PERMISSION_DENIED,
};

/** What an HTTP/2 error code in RST_STREAM means, as "gRPC over HTTP2" has it. */
export function codeOfReset(errorCode: number): number {
  return BY_RESET[errorCode] ?? GRPC.INTERNAL;
}
