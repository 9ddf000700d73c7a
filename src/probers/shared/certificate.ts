import type { X509Certificate } from 'node:crypto';
import type { MetricDeclarations } from '../contract.ts';
import type { TlsSession } from './tls.ts';

/** Declared alike by every prober that speaks TLS. */
export const tlsMetrics = {
  probe_ssl_earliest_cert_expiry: {
    help: 'When the first of the certificates the server sent expires, in seconds since the epoch.',
  },
  probe_ssl_not_before_timestamp_seconds: {
    help: 'When the certificate of the server becomes valid, in seconds since the epoch.',
  },
  probe_ssl_last_chain_info: {
    help: 'The certificate of the server.',
    labels: ['fingerprint_sha256', 'subject', 'issuer', 'subjectalternative', 'serialnumber'],
  },
  probe_ssl_verify_error_info: {
    help: 'Why the certificate of the server is not trusted; absent while it is.',
    labels: ['code'],
  },
  probe_tls_version_info: { help: 'The TLS version spoken.', labels: ['version'] },
  probe_tls_cipher_info: { help: 'The TLS cipher suite in use.', labels: ['cipher'] },
} as const satisfies MetricDeclarations;

/** The part of a prober's `emit` that TLS needs. */
export interface EmitTls {
  (
    name: 'probe_ssl_earliest_cert_expiry' | 'probe_ssl_not_before_timestamp_seconds',
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
  const [leaf] = chain;
  if (!leaf) return;
  const expiries = chain.map((certificate) => certificate.validToDate.getTime() / 1000);
  emit('probe_ssl_earliest_cert_expiry', Math.min(...expiries));
  emit('probe_ssl_not_before_timestamp_seconds', leaf.validFromDate.getTime() / 1000);
}

/** Emits what names the certificate and the connection. Labels differ from hop to hop: once a probe. */
export function emitIdentity(emit: EmitTls, { socket, chain, problem }: TlsSession): void {
  const [leaf] = chain;
  if (leaf) emit('probe_ssl_last_chain_info', 1, identity(leaf));
  if (problem) emit('probe_ssl_verify_error_info', 1, { code: problem.code });
  const version = socket.getProtocol();
  if (version) emit('probe_tls_version_info', 1, { version: versionName(version) });
  emit('probe_tls_cipher_info', 1, { cipher: socket.getCipher().standardName });
}

function identity(leaf: X509Certificate) {
  return {
    fingerprint_sha256: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    subject: distinguishedName(leaf.subject),
    issuer: distinguishedName(leaf.issuer),
    subjectalternative: dnsNames(leaf.subjectAltName).join(','),
    serialnumber: leaf.serialNumber.toLowerCase(),
  };
}

/** `TLSv1.2` becomes `TLS 1.2`, `TLSv1` becomes `TLS 1.0`. */
function versionName(protocol: string): string {
  const number = protocol.replace('TLSv', '');
  return `TLS ${number.includes('.') ? number : `${number}.0`}`;
}

// The order in which Go prints the parts it knows; any other kind comes first.
const ORDER = ['serialNumber', 'CN', 'postalCode', 'street', 'ST', 'L', 'OU', 'O', 'C'];

/** A name as Go prints it, from Node.js' one line per part. */
export function distinguishedName(lines: string): string {
  const byKind = new Map<string, string[]>();
  for (const part of lines.split('\n')) {
    const kind = part.slice(0, part.indexOf('='));
    byKind.set(kind, [...(byKind.get(kind) ?? []), part]);
  }
  const kinds = [...byKind.keys()].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  return kinds.map((kind) => byKind.get(kind)?.join('+')).join(',');
}

const DNS_NAME = /(?:^|, )DNS:(?<name>"(?:[^"\\]|\\.)*"|[^,]*)/g;

/** The DNS names out of Node.js' text of the subject alternative names. */
export function dnsNames(text: string | undefined): string[] {
  return [...(text ?? '').matchAll(DNS_NAME)].map((match) => match.groups?.name ?? '');
}
