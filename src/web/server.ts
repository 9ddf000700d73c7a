import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
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

/** Longer than Prometheus keeps an idle connection (5 min), so that the server is never the one to close it. */
const KEEP_ALIVE_MS = 330_000;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;

/** A server that is listening. */
export interface Listening<Address = AddressInfo> {
  readonly address: Address;
  /** Takes no new connections, lets requests in flight end for `graceMs`, then closes what is left. */
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
  tls?: TlsParts,
): Promise<Listening> {
  const listening = await listenOn({ handler, tls }, { host, port }, (error) => {
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
  tls?: TlsParts,
): Promise<Listening<AddressInfo | undefined>> {
  return listenOn({ handler, tls }, { fd }, ({ message }) => {
    const wanted = 'expected a listening stream socket, as of ListenStream= with Accept=no';
    return `--web.systemd-socket: cannot listen on descriptor ${fd}: ${wanted} (${message})`;
  });
}

async function listenOn(
  { handler, tls }: { handler: RequestListener; tls: TlsParts | undefined },
  place: ListenAddress | { readonly fd: number },
  explain: (error: NodeJS.ErrnoException) => string,
): Promise<Listening<AddressInfo | undefined>> {
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 5_000,
    },
    handler,
  );
  const front = tls && putTlsBefore(server, tls);
  // An expectation that nobody knows may be ignored; Node.js would answer 417 to what is else a proper request.
  server.on('checkExpectation', handler);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new Error(explain(cause), { cause })));
    server.listen(place, resolve);
  });
  const address = server.address();
  return {
    address: typeof address === 'object' && address ? address : undefined,
    stop: (graceMs) => {
      front?.closeSilent();
      return stop(server, graceMs);
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

async function stop(server: Server, graceMs: number): Promise<void> {
  // A kept-alive connection with a request in flight would otherwise stay until its idle timeout.
  server.prependListener('request', (_request, response) =>
    response.setHeader('Connection', 'close'),
  );
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
}
