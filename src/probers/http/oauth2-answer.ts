import { Secret } from '../../lib/secret.ts';
import { ProbeFailure } from '../failure.ts';

/** An access token as it is used. */
export interface Token {
  /** The value of the `Authorization` header. */
  readonly authorization: Secret;
  /** On the clock of `performance.now()`, a little early; infinite where it never expires. */
  readonly expiresAtMs: number;
}

/** What a token endpoint answered. */
export interface TokenAnswer {
  readonly status: number;
  /** Its `Content-Type`. */
  readonly type: string;
  readonly body: Buffer;
}

/**
 * Reads the answer of a token endpoint, JSON or a form.
 *
 * @throws {ProbeFailure} `status`, or `protocol` where it holds no token. The answer itself is never told.
 */
export function readToken({ status, type, body }: TokenAnswer): Token {
  if (status < 200 || status > 299) {
    throw new ProbeFailure('status', `the token endpoint answered with status ${status}`);
  }
  const token = tokenIn(fieldsOf(type, body.toString()));
  if (token) return token;
  throw new ProbeFailure('protocol', 'the token endpoint answered with something that is no token');
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(type: string, text: string): Fields {
  if (/^(?:application\/x-www-form-urlencoded|text\/plain)\b/i.test(type.trim())) {
    return Object.fromEntries(new URLSearchParams(text));
  }
  try {
    const fields: unknown = JSON.parse(text);
    return typeof fields === 'object' && fields !== null ? (fields as Fields) : {};
  } catch {
    return {};
  }
}

/** So that no token expires on its way; as early as Go's client has it. */
const EARLY_SECONDS = 10;

function tokenIn(fields: Fields): Token | undefined {
  const { access_token: token, token_type: type = '', expires_in: lifetime = 0 } = fields;
  const seconds = Number(lifetime);
  if (typeof token !== 'string' || typeof type !== 'string' || Number.isNaN(seconds)) return;
  // What a header can hold.
  if (!/^[\x20-\x7e]+$/.test(token) || !/^[\w!#$%&'*+.^`|~-]*$/.test(type)) return undefined;
  const scheme = type === '' || type.toLowerCase() === 'bearer' ? 'Bearer' : type;
  return {
    authorization: new Secret(`${scheme} ${token}`),
    expiresAtMs: seconds === 0 ? Infinity : performance.now() + (seconds - EARLY_SECONDS) * 1000,
  };
}
