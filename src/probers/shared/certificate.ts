import type { X509Certificate } from 'node:crypto';
import { LimitedCache } from '../../lib/limited-cache.ts';
import type { MetricDeclarations } from '../contract.ts';
import { namesOf } from './certificate-names.ts';
import type { TlsSession } from './tls.ts';
import { lastChainExpiry } from './verified-chains.ts';

/** Declared alike by every prober that speaks TLS. */
export const tlsMetrics = {
  probe_ssl_earliest_cert_expiry: {
    help: 'When the first of the certificates the server sent expires, in seconds since the epoch.',
  },
  probe_ssl_last_chain_expiry_timestamp_seconds: {
    help: 'When the last of the chains from the certificate of the server to a trusted one breaks, in seconds since the epoch; absent where it is not trusted.',
  },
  probe_ssl_not_before_timestamp_seconds: {
    help: 'When the certificate of the server becomes valid, in seconds since the epoch.',
  },
  probe_ssl_last_chain_info: {
    help: 'The certificate of the server.',
    labels: ['fingerprint_sha256', 'subject', 'issuer', 'subjectalternative', 'serialnumber'],
  },
  probe_ssl_verify_error_info: {
    help: 'Why the certificate of the server is not trusted, in the words of OpenSSL and Node.js: CERT_HAS_EXPIRED, CERT_NOT_YET_VALID, DEPTH_ZERO_SELF_SIGNED_CERT, SELF_SIGNED_CERT_IN_CHAIN, UNABLE_TO_GET_ISSUER_CERT_LOCALLY (an unknown authority or a missing intermediate), ERR_TLS_CERT_ALTNAME_INVALID (another name), UNSPECIFIED (most often a weak key or signature), …; absent while it is trusted.',
    labels: ['code'],
  },
  probe_tls_version_info: { help: 'The TLS version spoken.', labels: ['version'] },
  probe_tls_cipher_info: { help: 'The TLS cipher suite in use.', labels: ['cipher'] },
} as const satisfies MetricDeclarations;

/** The part of a prober's `emit` that TLS needs. */
export interface EmitTls {
  (
    name:
      | 'probe_ssl_earliest_cert_expiry'
      | 'probe_ssl_last_chain_expiry_timestamp_seconds'
      | 'probe_ssl_not_before_timestamp_seconds',
    value: number,
  ): void;
  (
    name: 'probe_ssl_last_chain_info',
    value: number,
    labels: Readonly<Record<(typeof tlsMetrics.probe_ssl_last_chain_info.labels)[number], string>>,
  ): void;
  (name: 'probe_ssl_verify_error_info', value: number, labels: Readonly<{ code: string }>): void;
  (name: 'probe_tls_version_info', value: number, labels: Readonly<{ version: string }>): void;
  (name: 'probe_tls_cipher_info', value: number, labels: Readonly<{ cipher: string }>): void;
}

/** Emits the dates of the certificates, of good ones and of bad ones. */
export function emitValidity(emit: EmitTls, { chain }: TlsSession): void {
  const facts = chain.map(factsOf);
  const [leaf] = facts;
  if (!leaf) return;
  emit('probe_ssl_earliest_cert_expiry', Math.min(...facts.map(({ expiry }) => expiry)));
  emit('probe_ssl_not_before_timestamp_seconds', leaf.validFrom);
}

/** Emits what names the certificate and the connection, and how long it is good for. Once a probe, for its last hop. */
export function emitIdentity(emit: EmitTls, session: TlsSession): void {
  const { protocol, cipher, chain, authorities, problem } = session;
  const [leaf] = chain;
  if (leaf) emit('probe_ssl_last_chain_info', 1, identityOf(leaf));
  if (problem) {
    emit('probe_ssl_verify_error_info', 1, { code: problem.code });
  } else {
    const expiry = lastChainExpiry(chain, authorities);
    if (expiry !== undefined) emit('probe_ssl_last_chain_expiry_timestamp_seconds', expiry);
  }
  if (protocol) emit('probe_tls_version_info', 1, { version: versionName(protocol) });
  emit('probe_tls_cipher_info', 1, { cipher });
}

/** What is read out of a certificate. Times in seconds since the epoch. */
interface Facts {
  readonly expiry: number;
  readonly validFrom: number;
  identity?: ReturnType<typeof readIdentity>;
}

// Servers show the same certificates for months, and to read one costs as much as a probe without TLS.
const known = new LimitedCache<string, Facts>(2000);

function factsOf(certificate: X509Certificate): Facts {
  return known.get(certificate.fingerprint256, () => ({
    expiry: certificate.validToDate.getTime() / 1000,
    validFrom: certificate.validFromDate.getTime() / 1000,
  }));
}

function identityOf(leaf: X509Certificate): ReturnType<typeof readIdentity> {
  const facts = factsOf(leaf);
  facts.identity ??= readIdentity(leaf);
  return facts.identity;
}

function readIdentity(leaf: X509Certificate) {
  const { subject, issuer, dnsNames } = namesOf(leaf);
  return {
    fingerprint_sha256: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    subject,
    issuer,
    subjectalternative: dnsNames.join(','),
    serialnumber: serialNumber(leaf),
  };
}

/** Whole bytes, as Go has them: neither a sign nor bytes that say nothing. */
function serialNumber({ serialNumber }: X509Certificate): string {
  return serialNumber.toLowerCase().replace(/^-?(?:0$|(?:00)*)/, '');
}

/** `TLSv1.2` becomes `TLS 1.2`, `TLSv1` becomes `TLS 1.0`. */
function versionName(protocol: string): string {
  const number = protocol.replace('TLSv', '');
  return `TLS ${number.includes('.') ? number : `${number}.0`}`;
}
