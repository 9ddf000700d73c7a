import { join } from 'node:path';
import { type Authority, createAuthority } from '../../support/certificates.ts';
import { hasNamed, startNamed } from '../../support/name-server.ts';
import { hasNginx, startNginx } from '../../support/nginx-server.ts';
import { isInstalled } from '../../support/real-part.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { type Probing, type Protocol, probingOf } from './protocols.ts';
import { startTargetProcess } from './target-process.ts';

/** Something that answers at once. */
export interface InstantTarget extends AsyncDisposable {
  readonly probing: Probing;
  readonly port: number;
  /** Who vouches for it, where it speaks TLS. */
  readonly caFile: string | undefined;
}

/** What answers, for whoever reads the figures. */
export const INSTANT_TARGETS: Readonly<Record<Protocol, string>> = {
  http: hasNginx ? 'nginx' : 'an own Node.js process, since nginx is not installed',
  https: hasNginx ? 'nginx' : 'an own Node.js process, since nginx is not installed',
  tcp: hasNginx ? 'nginx' : 'an own Node.js process, since nginx is not installed',
  dns: hasNamed ? 'BIND' : 'an own Node.js process, since BIND is not installed',
};

/** Why there can be no target of this protocol here; `undefined` where there can. */
export function missingFor(protocol: Protocol): string | undefined {
  const isMissing = protocol === 'https' && !isInstalled('openssl');
  return isMissing ? 'openssl, which makes the certificates, is not installed' : undefined;
}

/** Starts a real server where one is installed, else one of our own. */
export async function startInstantTarget(protocol: Protocol): Promise<InstantTarget> {
  await using stack = new AsyncDisposableStack();
  const tls = protocol === 'https' ? await createIdentity(stack) : undefined;
  const { port } = stack.use(await startServer(protocol, tls));
  const started = stack.move();
  return {
    probing: probingOf(protocol, port, tls?.caFile),
    port,
    caFile: tls?.caFile,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

interface IdentityFiles {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

async function createIdentity(stack: AsyncDisposableStack): Promise<IdentityFiles> {
  const authority: Authority = stack.adopt(createAuthority(), ({ remove }) => remove());
  const { cert, key } = authority.issue({ names: 'IP:127.0.0.1' });
  const directory = stack.use(await temporaryDirectory());
  await directory.write('cert.pem', cert);
  await directory.write('key.pem', key);
  return {
    caFile: authority.certFile,
    certFile: join(directory.path, 'cert.pem'),
    keyFile: join(directory.path, 'key.pem'),
  };
}

function startServer(
  protocol: Protocol,
  tls: IdentityFiles | undefined,
): Promise<AsyncDisposable & { readonly port: number }> {
  if (protocol === 'dns') {
    return hasNamed ? startNamed('@ A 192.0.2.1\n') : startTargetProcess('instant-dns');
  }
  if (!hasNginx) return startTargetProcess('instant-http', tls ? [tls.certFile, tls.keyFile] : []);
  const certificate = tls
    ? `ssl_certificate ${tls.certFile}; ssl_certificate_key ${tls.keyFile};`
    : '';
  return startNginx(`${certificate} return 200 "ok";`, {
    connections: 4096,
    // Those who connect and leave at once would fill the usual queue, and wait a second for the next try.
    listen: `backlog=4096${tls ? ' ssl' : ''}`,
  });
}
