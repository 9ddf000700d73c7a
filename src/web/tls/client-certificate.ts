import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { TlsMaterial } from '../../config/web/web-config.ts';
import { alternativeNamesOf } from '../../probers/shared/certificate-names.ts';

/** Whether a client, after its handshake, has shown the certificate that is asked for. */
export function isAllowed(
  socket: TLSSocket,
  { clientAuthType, clientAllowedSans }: TlsMaterial,
): boolean {
  const certificate =
    clientAuthType === 'NoClientCert' ? undefined : socket.getPeerX509Certificate();
  if (clientAllowedSans && !(certificate && hasName(certificate, clientAllowedSans))) return false;
  switch (clientAuthType) {
    case 'NoClientCert':
    case 'RequestClientCert':
      return true;
    case 'RequireAnyClientCert':
      return certificate !== undefined;
    case 'VerifyClientCertIfGiven':
      return certificate === undefined || socket.authorized;
    case 'RequireAndVerifyClientCert':
      return socket.authorized;
  }
}

/** Names are compared whole and as they are: letter by letter, no wildcards, no patterns. */
function hasName(certificate: X509Certificate, allowed: ReadonlySet<string>): boolean {
  return alternativeNamesOf(certificate).some((name) => allowed.has(name));
}
