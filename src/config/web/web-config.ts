import type { SecureContextOptions } from 'node:tls';
import type { ClientAuthType } from './names.ts';

/** A web configuration file, validated, with everything it points at. */
export interface WebConfig {
  /** Absent: plain HTTP. */
  readonly tls: TlsMaterial | undefined;
  /** Names and values of headers to set on every answer. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** bcrypt hashes by user name. Empty: nobody is asked who they are. */
  readonly users: ReadonlyMap<string, string>;
  /** Absent: no limit. */
  readonly rateLimit: RateLimit | undefined;
  /** What else was read: absolute paths of certificates and keys. */
  readonly files: readonly string[];
}

/** A token bucket: a token every `intervalSeconds`, at most `burst` of them. */
export interface RateLimit {
  readonly intervalSeconds: number;
  readonly burst: number;
}

/** What a TLS server is made of. */
export interface TlsMaterial {
  /** Certificate, key, authorities of clients, versions, ciphers and curves, in the words of Node.js. */
  readonly context: SecureContextOptions;
  readonly clientAuthType: ClientAuthType;
  /** One of these names has to stand in the client's certificate. Absent: any name does. */
  readonly clientAllowedSans: ReadonlySet<string> | undefined;
}

/** Whether nobody gets through a handshake without a certificate. */
export function requiresCertificate({ clientAuthType, clientAllowedSans }: TlsMaterial): boolean {
  return clientAuthType.startsWith('Require') || clientAllowedSans !== undefined;
}
