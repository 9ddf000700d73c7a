/**
 * Why a probe failed: the closed set behind `probe_failures_total{reason}` and `probe_failure_info{reason}`,
 * most specific cause first. A new word here is a new contract with everybody's alert rules.
 */
export const REASONS = [
  'timeout',
  'dns',
  'refused',
  'unreachable',
  'reset',
  'tls',
  'certificate',
  'redirect',
  'status',
  'header',
  'body',
  'protocol',
  'threshold',
  'state',
  'not_found',
  'permission',
  'policy',
  'unsupported',
  'internal',
] as const;

/** One of {@link REASONS}. */
export type Reason = (typeof REASONS)[number];

/** A probe's "no": the reason is data, the message a sentence for people without bytes the target sent. */
export class ProbeFailure extends Error {
  override readonly name = 'ProbeFailure';
  readonly reason: Reason;

  constructor(reason: Reason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

const REASON_BY_CODE: Readonly<Record<string, Reason>> = {
  ETIMEDOUT: 'timeout',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  EAI_NODATA: 'dns',
  EAI_NONAME: 'dns',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  EPROTO: 'tls',
  ENOENT: 'not_found',
  ENOTDIR: 'not_found',
  ELOOP: 'not_found',
  ENAMETOOLONG: 'not_found',
  EACCES: 'permission',
  EPERM: 'permission',
};

/**
 * Makes a failure of whatever a prober threw. The one place where a foreign error becomes a reason; what nobody
 * foresaw is `internal`.
 */
export function toFailure(error: unknown): ProbeFailure {
  if (error instanceof ProbeFailure) return error;
  const code = errorCode(error);
  const message = error instanceof Error ? error.message : describeThrown(error);
  return new ProbeFailure(reasonOfCode(code), message || code || 'unknown error', { cause: error });
}

const EXHAUSTED = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/** Whether this process ran out of descriptors, buffers, memory or children: a fault of its own, not of the target. */
export function isExhaustion(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (EXHAUSTED.has(errorCode(cause)) || isOutOfProcesses(cause)) return true;
  }
  return false;
}

/** The limit of processes has no code of its own. */
function isOutOfProcesses(error: Error): boolean {
  const syscall = 'syscall' in error ? String(error.syscall) : '';
  return errorCode(error) === 'EAGAIN' && syscall.startsWith('spawn');
}

/** What is thrown can be anything, also an object that cannot be made text. */
function describeThrown(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return 'something that is no error was thrown';
  }
}

/** The `code` of a Node.js error, or an empty string. */
export function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

function reasonOfCode(code: string): Reason {
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return 'tls';
  if (code.startsWith('HPE_')) return 'protocol';
  return REASON_BY_CODE[code] ?? 'internal';
}
