/** A user name and a password, as a client sent them. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

// RFC 7617; the scheme in any case, base64 of RFC 4648 with its padding and nothing else.
const BASIC = /^Basic +(?<base64>(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/i;

/** bcrypt looks at no more: of a longer password the rest would not count. */
const MAX_PASSWORD_BYTES = 72;

/**
 * Reads an `Authorization` header.
 *
 * @returns `undefined` where it holds no credentials that could be right: none of the scheme Basic, no UTF-8, or a
 *   password that bcrypt would see only in part, because it is longer than 72 bytes or has a NUL in it.
 */
export function readCredentials(header: string | undefined): Credentials | undefined {
  const base64 = BASIC.exec(header ?? '')?.groups?.base64;
  if (!base64) return undefined;
  const text = decode(Buffer.from(base64, 'base64'));
  const colon = text?.indexOf(':') ?? -1;
  if (text === undefined || colon < 0) return undefined;
  const password = text.slice(colon + 1);
  if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES || password.includes('\0')) return undefined;
  return { user: text.slice(0, colon), password };
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
