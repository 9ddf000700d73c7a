import { createServer as createHttps } from 'node:https';
import { createServer as createTls, type TlsOptions } from 'node:tls';
import { type Authority, createAuthority, daysFromNow } from '../../support/certificates.ts';
import { type Loopback, loopback, tcpLoopback } from '../../support/loopback.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** Every {@link Kind}. */
export const KINDS = [
  'good',
  'expired',
  'notYetValid',
  'selfSigned',
  'wrongName',
  'missingIntermediate',
  'withIntermediate',
  'withRoot',
  'expiringIntermediate',
  'commonNameOnly',
  'wildcard',
  'tls12',
  'tls13',
  'asksForClient',
  'wantsClient',
] as const;

/** How a server of the playground presents itself. */
export type Kind = (typeof KINDS)[number];

/** Servers that speak TLS, by what their certificate is like; HTTP or a greeting over it. */
export interface TlsPlayground extends AsyncDisposable {
  /** `localhost:port` of a web server. */
  readonly web: (kind: Kind) => string;
  /** `localhost:port` of a server that greets and waits. */
  readonly greeter: (kind: Kind) => string;
  /** Accepts and says nothing, not even a handshake. */
  readonly silent: string;
  /** Greets without TLS. */
  readonly plain: string;
  readonly caFile: string;
  readonly client: { readonly cert_file: string; readonly key_file: string };
}

export async function startTlsPlayground(): Promise<TlsPlayground> {
  await using stack = new AsyncDisposableStack();
  const authority = createAuthority();
  stack.defer(() => authority.remove());
  const web = new Map<Kind, Loopback>();
  const greeters = new Map<Kind, Loopback>();
  for (const [kind, options] of Object.entries(presentations(authority)) as [Kind, TlsOptions][]) {
    web.set(
      kind,
      stack.use(await loopback(createHttps(options, (_request, response) => response.end('ok')))),
    );
    greeters.set(
      kind,
      stack.use(
        await loopback(
          createTls(options, (socket) => {
            socket.on('error', () => {});
            socket.end('220 ready\r\n');
          }),
        ),
      ),
    );
  }
  const silent = stack.use(await tcpLoopback());
  const plain = stack.use(await tcpLoopback('220 ready\r\n'));
  const { cert, key } = authority.issue({ subject: '/CN=client' });
  const directory = stack.use(await temporaryDirectory());
  const client = {
    cert_file: await directory.write('client.pem', cert),
    key_file: await directory.write('client-key.pem', key),
  };
  const started = stack.move();
  return {
    web: (kind) => `localhost:${web.get(kind)?.port}`,
    greeter: (kind) => `localhost:${greeters.get(kind)?.port}`,
    silent: `localhost:${silent.port}`,
    plain: `localhost:${plain.port}`,
    caFile: authority.certFile,
    client,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

function presentations(authority: Authority): Record<Kind, TlsOptions> {
  const names = 'DNS:localhost,IP:127.0.0.1,IP:::1';
  const good = authority.issue({ names });
  const intermediate = authority.issue({ subject: '/CN=Intermediate', authority: true });
  const leaf = authority.issue(
    { names, subject: '/C=DE/O=Example Org/OU=One/CN=localhost' },
    intermediate,
  );
  const expiring = authority.issue({
    subject: '/CN=Expiring',
    authority: true,
    validTo: daysFromNow(3),
  });
  const underExpiring = authority.issue({ names }, expiring);
  const chain = (...identities: { cert: string }[]) => identities.map(({ cert }) => cert).join('');
  return {
    good,
    expired: authority.issue({ names, validFrom: daysFromNow(-20), validTo: daysFromNow(-2) }),
    notYetValid: authority.issue({ names, validFrom: daysFromNow(2), validTo: daysFromNow(20) }),
    selfSigned: authority.selfSigned({ names }),
    wrongName: authority.issue({ names: 'DNS:other.example' }),
    missingIntermediate: leaf,
    withIntermediate: { cert: chain(leaf, intermediate), key: leaf.key },
    withRoot: { cert: chain(leaf, intermediate, authority), key: leaf.key },
    expiringIntermediate: { cert: chain(underExpiring, expiring), key: underExpiring.key },
    commonNameOnly: authority.issue({ subject: '/CN=localhost' }),
    wildcard: authority.issue({ names: 'DNS:*.example.com,DNS:example.com' }),
    tls12: { ...good, maxVersion: 'TLSv1.2' },
    tls13: { ...good, minVersion: 'TLSv1.3' },
    asksForClient: { ...good, ca: authority.cert, requestCert: true, rejectUnauthorized: true },
    wantsClient: { ...good, ca: authority.cert, requestCert: true, rejectUnauthorized: false },
  };
}
