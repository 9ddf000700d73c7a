import type { X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import {
  connect,
  type DetailedPeerCertificate,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { domainToASCII } from 'node:url';
import { errorCode, ProbeFailure } from '../failure.ts';
import type { Lifeline } from './dial.ts';
import { opensslReason } from './tls-options.ts';
import { type Authorities, trustedBy } from './trust.ts';

/** A finished handshake, and what was wrong with the certificate where something was. */
export interface TlsSession {
  readonly socket: TLSSocket;
  /** As Node.js has it: `TLSv1.3`. */
  readonly protocol: string | undefined;
  /** The name of the IETF for the cipher suite. */
  readonly cipher: string;
  /** The certificates the server sent, all and in its order, its own first. The local root is not among them. */
  readonly chain: readonly X509Certificate[];
  /** Whose word counted. */
  readonly authorities: Authorities;
  readonly problem: CertificateProblem | undefined;
}

/** Why a certificate is not to be trusted. */
export interface CertificateProblem {
  /** Node.js' or OpenSSL's word for it, such as `CERT_HAS_EXPIRED`. */
  readonly code: string;
  readonly message: string;
}

interface Handshaking {
  readonly name: string;
  readonly peer: string;
  readonly lifeline: Lifeline;
  readonly alpn?: readonly string[] | undefined;
}

/**
 * Speaks TLS on an open connection. A bad certificate does not end the handshake: whoever called decides, having
 * seen the certificate, before a byte of the request is written. No session is ever resumed, for a resumed one
 * shows no certificate.
 *
 * @param name the name to ask for and to verify; an address is verified, never asked for.
 * @param alpn the protocols to offer, the best first; none where absent.
 * @throws {ProbeFailure} `tls` or `reset`.
 */
export function handshake(
  plain: Socket,
  secureContext: SecureContext,
  { name, peer, lifeline, alpn }: Handshaking,
): Promise<TlsSession> {
  lifeline.signal.throwIfAborted();
  const host = asciiHost(name);
  return new Promise((done, failed) => {
    const socket = connect({
      socket: plain,
      secureContext,
      ...(isIP(host) === 0 && { servername: host }),
      ...(alpn && { ALPNProtocols: [...alpn] }),
      rejectUnauthorized: false,
      // Node.js' own check of the name knows the common name, which nobody honours any more: see nameProblem.
      checkServerIdentity: () => undefined,
    });
    withoutLegacyCertificate(socket);
    lifeline.hold(socket);
    const onClose = () => failed(closedFailure(peer));
    socket.on('error', (error) => failed(handshakeFailure(error, peer)));
    socket.once('close', onClose);
    socket.once('secureConnect', () => {
      socket.off('close', onClose);
      // What is thrown in a listener reaches nobody but the process.
      try {
        const chain = sentChain(socket);
        const problem = trustProblem(socket, chain) ?? nameProblem(chain, host);
        done({
          socket,
          // Once the peer breaks the connection off, Node.js has forgotten them.
          protocol: socket.getProtocol() ?? undefined,
          cipher: socket.getCipher().standardName,
          chain,
          authorities: trustedBy(secureContext),
          problem,
        });
      } catch (error) {
        failed(error);
      }
    });
  });
}

/**
 * Node.js makes objects of the whole chain for its check of the name, which we replace: they cost a quarter of the
 * handshake.
 */
function withoutLegacyCertificate(socket: TLSSocket): void {
  socket.getPeerCertificate = () => NO_CERTIFICATE;
}

const NO_CERTIFICATE = {} as DetailedPeerCertificate;

/** As it stands in certificates: without a dot at the end, and other scripts than Latin in their ASCII form. */
function asciiHost(name: string): string {
  const host = name.replace(/\.$/, '');
  return /^\p{ASCII}*$/u.test(host) ? host : domainToASCII(host) || host;
}

/** To be asked once a connection: Node.js 22 answers by giving the certificates away. */
function sentChain(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let certificate = socket.getPeerX509Certificate();
  while (certificate) {
    chain.push(certificate);
    // The next one sent, whoever issued it.
    certificate = certificate.issuerCertificate;
  }
  return chain;
}

const TRUST_SENTENCES: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired, or one of its issuers has',
  CERT_NOT_YET_VALID: 'is not valid yet, or one of its issuers is not',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'was issued by an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'comes without the certificate of its issuer',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'was issued by an unknown authority, or an intermediate certificate is missing',
  INVALID_PURPOSE: 'is not meant for a server',
  CERT_REVOKED: 'was revoked',
  // Node.js has no word of its own for it.
  UNSPECIFIED: 'is not trusted: most often a key or a signature is too weak',
};

function trustProblem(
  socket: TLSSocket,
  [leaf]: readonly X509Certificate[],
): CertificateProblem | undefined {
  if (socket.authorized) return undefined;
  const code = String(socket.authorizationError ?? 'UNKNOWN');
  const sentence =
    leafDateSentence(code, leaf) ?? TRUST_SENTENCES[code] ?? `is not trusted (${code})`;
  return { code, message: `the certificate ${sentence}` };
}

function leafDateSentence(code: string, leaf: X509Certificate | undefined): string | undefined {
  const now = Date.now();
  if (code === 'CERT_HAS_EXPIRED' && leaf && leaf.validToDate.getTime() < now) {
    return `expired at ${leaf.validToDate.toISOString()}`;
  }
  if (code === 'CERT_NOT_YET_VALID' && leaf && leaf.validFromDate.getTime() > now) {
    return `is not valid before ${leaf.validFromDate.toISOString()}`;
  }
  return undefined;
}

const STRICT = { subject: 'never', partialWildcards: false } as const;

// As Go and the browsers do it: only subject alternative names count, and an address only against addresses.
function nameProblem(
  [leaf]: readonly X509Certificate[],
  host: string,
): CertificateProblem | undefined {
  const matches = isIP(host) ? leaf?.checkIP(withoutZone(host)) : leaf?.checkHost(host, STRICT);
  if (matches) return undefined;
  return {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    message: host
      ? `the certificate is not valid for the name "${host}"`
      : 'there is no name to verify the certificate by: set tls_config.server_name',
  };
}

function withoutZone(ip: string): string {
  return ip.replace(/%.*$/, '');
}

const HANDSHAKE_SENTENCES: Readonly<Record<string, string>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: 'the answer is not TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the answer is not TLS',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'the server asks for a client certificate',
};

/** Makes a failure of an error on a TLS connection, in the handshake or after it. */
export function handshakeFailure(error: Error, peer: string): ProbeFailure {
  const code = errorCode(error);
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return new ProbeFailure('reset', `${peer} reset the connection during the TLS handshake`, {
      cause: error,
    });
  }
  const what = HANDSHAKE_SENTENCES[code] ?? opensslReason(error);
  return new ProbeFailure('tls', `no TLS with ${peer}: ${what}`, { cause: error });
}

function closedFailure(peer: string): ProbeFailure {
  return new ProbeFailure('tls', `${peer} closed the connection during the TLS handshake`);
}
