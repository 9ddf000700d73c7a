import { type RequestListener, type RequestOptions, request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { buffer } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { hashSync } from 'bcryptjs';
import { createLogger } from '../../src/lib/logger.ts';
import { openProtection } from '../../src/web/protection.ts';
import { listen } from '../../src/web/server.ts';
import type { Authority, Identity } from './certificates.ts';
import { type TemporaryDirectory, temporaryDirectory } from './temporary-directory.ts';
import { serverParts } from './web-application.ts';

/** A directory with a server's certificate in it, `server.crt` and `server.key`, and the authority of its clients. */
export interface WebConfigDirectory extends TemporaryDirectory {
  /** Writes `web.yml` and resolves with its path. */
  readonly config: (text: string) => Promise<string>;
}

/** What has a server speak TLS with the certificate in {@link WebConfigDirectory}. */
export const TLS = 'tls_server_config: {cert_file: server.crt, key_file: server.key}\n';

/** What stands in {@link WebConfigDirectory}, made once for a file of tests. */
export function webConfigFiles(authority: Authority) {
  const server = authority.issue({ names: 'DNS:localhost,IP:127.0.0.1' });
  const other = authority.issue({ names: 'DNS:localhost,IP:127.0.0.1' });
  return {
    'server.crt': server.cert,
    'server.key': server.key,
    'other.crt': other.cert,
    'other.key': other.key,
    'client-ca.crt': authority.cert,
    'junk.pem': 'This is no certificate.\n',
  };
}

/** A new directory with these files. */
export async function webConfigDirectory(
  files: Readonly<Record<string, string>>,
): Promise<WebConfigDirectory> {
  const directory = await temporaryDirectory();
  for (const [name, text] of Object.entries(files)) await directory.write(name, text);
  return { ...directory, config: (text) => directory.write('web.yml', text) };
}

/** Puts in the files that a fixture holds as text: `cert: <server.crt>`. */
export function inlined(text: string, files: Readonly<Record<string, string>>): string {
  return text.replaceAll(/<(?<name>[\w.-]+)>$/gm, (_all, name: string) => {
    const lines = (files[name] ?? '').trimEnd().split('\n');
    return `|\n${lines.map((line) => `    ${line}`).join('\n')}`;
  });
}

/** A server behind a web configuration file, which answers `let in` to whoever gets so far. */
export interface GuardedServer extends AsyncDisposable {
  readonly port: number;
  /** What it has logged. */
  readonly log: () => string;
  /** Lets requests in flight end for so long, then closes. */
  readonly stop: (graceMs: number) => Promise<void>;
}

/** Starts it on a port of its own. */
export async function serveGuarded(
  file: string,
  answer: RequestListener = (_request, response) => void response.end('let in'),
): Promise<GuardedServer> {
  let log = '';
  const logger = createLogger({ level: 'debug', format: 'logfmt' }, (line) => {
    log += line;
  });
  const protection = await openProtection(file, logger);
  const handler = protection.guard(answer);
  const { address, stop } = await listen(
    handler,
    { host: '127.0.0.1', port: 0 },
    { ...serverParts(), tls: protection.tls },
  );
  return {
    port: address.port,
    log: () => log,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop(0).catch(() => {});
      await protection.close();
    },
  };
}

/** How something asked of {@link ask} ended. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** The certificate that the server showed, as hexadecimal digits; empty without TLS. */
  readonly fingerprint: string;
  readonly protocol: string | null;
  readonly cipher: string | undefined;
}

/** What a client is and does; the rest is as Node.js has it. */
export interface Asking extends RequestOptions {
  readonly port: number;
  readonly tls?: boolean;
  /** `name:password`. */
  readonly auth?: string;
  readonly identity?: Identity | undefined;
  /** Anything of TLS: versions, ciphers, curves, names. */
  readonly secure?: Readonly<Record<string, unknown>>;
}

/** Asks once, on a connection of its own. Rejects where there is no answer. Trusts any server, for it is on loopback. */
export function ask({ tls = true, identity, secure = {}, ...options }: Asking): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const request = tls ? requestTls : requestPlain;
    const sent = request(
      {
        host: '127.0.0.1',
        path: '/metrics',
        agent: false,
        ...options,
        ...(tls && { rejectUnauthorized: false, ...identity, ...secure }),
      },
      async (response) => {
        const socket = response.socket as TLSSocket;
        const facts = {
          status: response.statusCode ?? 0,
          headers: response.headers,
          fingerprint: tls ? fingerprintOf(socket) : '',
          protocol: tls ? socket.getProtocol() : null,
          cipher: tls ? socket.getCipher().standardName : undefined,
        };
        buffer(response).then((body) => resolve({ ...facts, body: body.toString() }), reject);
      },
    );
    sent.on('error', reject).end();
  });
}

/** Of connections that are kept: Node.js 24 and older tell a certificate once. */
const fingerprints = new WeakMap<TLSSocket, string>();

function fingerprintOf(socket: TLSSocket): string {
  const known = fingerprints.get(socket);
  if (known !== undefined) return known;
  const fingerprint = socket.getPeerX509Certificate()?.fingerprint256 ?? '';
  fingerprints.set(socket, fingerprint);
  return fingerprint;
}

/** The status of an answer, or `refused` where a handshake or a connection failed. */
export async function verdictOf(asking: Asking): Promise<number | 'refused'> {
  return ask(asking).then(
    ({ status }) => status,
    () => 'refused',
  );
}

/** The least that bcrypt does: for tests to which its cost does not matter. */
export const LOWEST_COST = 4;

/** A bcrypt hash of a password. */
export function bcryptOf(password: string, cost: number = LOWEST_COST): string {
  return hashSync(password, cost);
}
