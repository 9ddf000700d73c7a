import { type KeyObject, randomUUID, sign } from 'node:crypto';
import type { OAuth2 } from '../shared/oauth2.ts';

const VALID_SECONDS = 600;

/** An assertion of RFC 7523: who the client is, signed. */
export function signedAssertion(options: OAuth2, key: KeyObject): string {
  const { signature_algorithm: algorithm, client_certificate_key_id: keyId } = options;
  const header = { alg: algorithm, typ: 'JWT', ...(keyId && { kid: keyId }) };
  const content = `${encoded(header)}.${encoded(claimsOf(options))}`;
  const signature = sign(`RSA-SHA${algorithm.slice(2)}`, Buffer.from(content), key);
  return `${content}.${signature.toString('base64url')}`;
}

function claimsOf({ iss, client_id, audience, token_url, scopes, claims }: OAuth2): object {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: iss || client_id,
    sub: client_id,
    jti: randomUUID(),
    aud: audience || token_url.reveal(),
    iat: now,
    exp: now + VALID_SECONDS,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    ...claims,
  };
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
