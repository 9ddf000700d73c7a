import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { answerWithin, type ServerParts, serverOptions } from './bounds.ts';
import type { Connections } from './connections.ts';
import { putTlsBefore, type TlsParts } from './tls/front.ts';

/** Where to listen: `:10195`, `127.0.0.1:10195`, `[::1]:10195`. */
export interface ListenAddress {
  /** Absent: every address of this host. */
  readonly host: string | undefined;
  readonly port: number;
}

const LISTEN_ADDRESS = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]\s]*)):(?<port>\d{1,5})$/;

/** @returns `undefined` where the text is no address to listen on. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const { v6, host, port } = LISTEN_ADDRESS.exec(text)?.groups ?? {};
  if (port === undefined || Number(port) > 65_535) return undefined;
  return { host: v6 ?? (host || undefined), port: Number(port) };
}

/** A server that is listening. */
export interface Listening<Address = AddressInfo> {
  readonly address: Address;
  /**
   * Takes no new connections, lets requests in flight end for `graceMs`, then closes what is left. Who is connected and
   * asks meanwhile is answered, and told that the connection closes.
   */
  readonly stop: (graceMs: number) => Promise<void>;
}

/**
 * Listens on an address.
 *
 * @param tls what to do handshakes with; plain HTTP without it.
 * @throws an error that names the flag, the address and why it cannot be listened on.
 */
export async function listen(
  handler: RequestListener,
  { host, port }: ListenAddress,
  parts: ServerParts,
): Promise<Listening> {
  const listening = await listenOn(handler, { host, port }, parts, (error) => {
    const why = LISTEN_ERRORS[error.code ?? ''] ?? error.message;
    return `--web.listen-address: cannot listen on "${hostInUrl(host ?? '')}:${port}": ${why}`;
  });
  return { ...listening, address: listening.address as AddressInfo };
}

const LISTEN_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there already',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'this host has no such address',
  ENOTFOUND: 'no such host',
};

/**
 * Listens on a socket that was passed as a descriptor. It has no address where it is a unix-domain socket.
 *
 * @throws an error that names the flag, the descriptor and why it cannot be listened on.
 */
export function listenOnDescriptor(
  handler: RequestListener,
  fd: number,
  parts: ServerParts,
): Promise<Listening<AddressInfo | undefined>> {
  return listenOn(handler, { fd }, parts, ({ message }) => {
    const wanted = 'expected a listening stream socket, as of ListenStream= with Accept=no';
    return `--web.systemd-socket: cannot listen on descriptor ${fd}: ${wanted} (${message})`;
  });
}

async function listenOn(
  handler: RequestListener,
  place: ListenAddress | { readonly fd: number },
  parts: ServerParts,
  explain: (error: NodeJS.ErrnoException) => string,
): Promise<Listening<AddressInfo | undefined>> {
  const server = createServer(serverOptions(parts.limits));
  // First TLS, so that connections are counted before their handshake.
  if (parts.tls) putTlsBefore(server, counted(parts.tls, parts));
  answerWithin(server, handler, parts);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new Error(explain(cause), { cause })));
    server.listen(place, resolve);
  });
  const address = server.address();
  return {
    address: typeof address === 'object' && address ? address : undefined,
    stop: (graceMs) => stop(server, parts.connections, graceMs),
  };
}

function counted({ current, refused }: TlsParts, parts: ServerParts): TlsParts {
  return {
    current,
    refused: (why, client) => {
      parts.refused('tls_handshake');
      refused(why, client);
    },
  };
}

/** Where a server on this host that listens there can be asked, without a path. */
export function urlOnThisHost(
  { host = '::', port }: ListenAddress,
  scheme: 'http' | 'https' = 'http',
): string {
  const isEveryAddress = host === '::' || host === '0.0.0.0';
  return `${scheme}://${isEveryAddress ? '127.0.0.1' : hostInUrl(host)}:${port}`;
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** How often a server that stops looks for connections that nobody waits for. */
const SWEEP_MS = 50;

async function stop(server: Server, connections: Connections, graceMs: number): Promise<void> {
  connections.drain();
  // Not the close of an HTTP server: it cuts off every kept connection at once, a request in its packets or not.
  const closed = new Promise<void>((resolve) => {
    NetServer.prototype.close.call(server, () => resolve());
  });
  const sweep = setInterval(connections.closeIdle, SWEEP_MS);
  const deadline = setTimeout(connections.closeAll, graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
  // Now there are none, and it ends the timer that looks for slow ones.
  server.close();
}
