import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Emit, ProbeContext } from '../contract.ts';
import { ProbeFailure } from '../failure.ts';
import {
  type Address,
  type addressMetrics,
  findAddress,
  hostPort,
  resolve,
} from '../shared/address.ts';
import type { EmitTls } from '../shared/certificate.ts';
import { dial, Lifeline } from '../shared/dial.ts';
import { type ProxyServer, proxyAuthorization, proxyFor } from '../shared/http-proxy.ts';
import { hostOf, portOf } from '../shared/http-url.ts';
import { secure } from '../shared/secure.ts';
import { keepSocketError } from '../shared/socket-error.ts';
import type { Stopwatch } from '../shared/stopwatch.ts';
import type { TlsSession } from '../shared/tls.ts';
import { type Http2, startHttp2 } from './http2.ts';
import type { HttpOptions } from './options.ts';
import type { HttpRequest } from './request.ts';
import { openSocksTunnel } from './socks.ts';
import { openTunnel } from './tunnel.ts';

/** The phases of a request. `connect` is all it takes to reach the target, a proxy and its tunnel included. */
export type Phase = 'resolve' | 'connect' | 'tls' | 'processing' | 'transfer';

/** A connection for one request. */
export interface Connection {
  readonly socket: Socket;
  /** TLS with the target. */
  readonly session: TlsSession | undefined;
  /** Present where HTTP/2 was agreed upon. */
  readonly http2: Http2 | undefined;
  /** The proxy that the request is written to; behind a tunnel there is none to be seen. */
  readonly proxy: ProxyServer | undefined;
  /** Who is at the other end, for messages. */
  readonly peer: string;
  readonly lifeline: Lifeline;
  /** What the socket reported when it broke. */
  readonly socketError: Error | undefined;
}

interface Opening {
  readonly options: HttpOptions;
  readonly signal: AbortSignal;
  readonly emit: Emit<typeof addressMetrics> & EmitTls;
  readonly log: ProbeContext<unknown, never>['log'];
  readonly stopwatch: Stopwatch<Phase>;
  /** Whether this is the request for the target itself, whose address is exported. */
  readonly isFirst: boolean;
}

/**
 * Resolves, connects, through a proxy where one applies, and speaks TLS, each on the clock.
 *
 * @throws {ProbeFailure} for every way in which that can fail.
 */
export async function openConnection(request: HttpRequest, opening: Opening): Promise<Connection> {
  const { options, signal, stopwatch, emit, log } = opening;
  const { url } = request;

  stopwatch.start();
  const route = await routeTo(url, opening);
  const lifeline = new Lifeline(signal);
  const socket = await follow(route, url, lifeline, opening);
  stopwatch.lap('connect');
  const { proxy } = route;
  if (url.protocol === 'http:') {
    const spoken = proxy?.protocol === 'socks5' ? undefined : proxy;
    const peer = spoken ? nameOf(spoken) : hostPort(hostOf(url), portOf(url));
    const parts = { session: undefined, http2: undefined, proxy: spoken };
    return watched(socket, { ...parts, peer, lifeline });
  }

  const peer = hostPort(hostOf(url), portOf(url));
  const session = await secure(socket, {
    config: options.tls_config,
    name: request.serverName ?? hostOf(url),
    peer,
    lifeline,
    alpn: protocolsFor(request, options),
    emit,
    log,
  });
  stopwatch.lap('tls');
  const http2 = http2On(session.socket, lifeline);
  return watched(session.socket, { session, http2, proxy: undefined, peer, lifeline });
}

/** Where to connect to: at least one of the two is known. */
type Route =
  | { readonly proxy: undefined; readonly address: Address }
  | { readonly proxy: ProxyServer; readonly address: Address | undefined };

async function routeTo(
  url: URL,
  { options, signal, emit, log, stopwatch, isFirst }: Opening,
): Promise<Route> {
  if (options.skip_resolve_phase_with_proxy) {
    const proxy = proxyFor(url, options, undefined);
    if (proxy) return { proxy, address: undefined };
  }
  const host = hostOf(url);
  const address = isFirst
    ? await findAddress(host, { options, signal, emit, log })
    : await resolve(host, options, signal);
  stopwatch.lap('resolve');
  const proxy = proxyFor(url, options, address);
  return proxy ? { proxy, address } : { proxy: undefined, address };
}

async function follow(
  { proxy, address }: Route,
  url: URL,
  lifeline: Lifeline,
  opening: Opening,
): Promise<Socket> {
  if (proxy) return reachThrough(proxy, { url, address, lifeline }, opening);
  const port = portOf(url);
  const socket = await dial(address, port, lifeline);
  opening.log('connected', { ip: address.ip, port });
  return socket;
}

interface Way {
  readonly url: URL;
  readonly address: Address | undefined;
  readonly lifeline: Lifeline;
}

/** A connection to the proxy, and the tunnel through it where there is to be one. */
async function reachThrough(
  proxy: ProxyServer,
  { url, address, lifeline }: Way,
  { options, signal, log }: Opening,
): Promise<Socket> {
  const peer = nameOf(proxy);
  const socket = await reachProxy(proxy, peer, lifeline, { options, signal, log });
  log('connected to the proxy', { host: proxy.host, port: proxy.port });
  const host = address?.ip ?? hostOf(url);
  if (proxy.protocol === 'socks5') {
    const { username, password } = proxy;
    await openSocksTunnel(socket, { host, port: portOf(url), username, password, peer });
  } else if (url.protocol === 'https:') {
    await openTunnel(socket, {
      destination: hostPort(host, portOf(url)),
      authorization: proxyAuthorization(proxy),
      headers: options.proxy_connect_header,
      peer,
    });
  } else {
    return socket;
  }
  log('the proxy opened a tunnel');
  return socket;
}

function nameOf({ host, port }: ProxyServer): string {
  return `the proxy ${hostPort(host, port)}`;
}

/** What goes wrong here is the proxy's, and says so. Its certificate is judged by the authorities of the system. */
async function reachProxy(
  { host, port, protocol }: ProxyServer,
  peer: string,
  lifeline: Lifeline,
  { options, signal, log }: Pick<Opening, 'options' | 'signal' | 'log'>,
): Promise<Socket> {
  try {
    const plain = await dial(await resolve(host, options, signal), port, lifeline);
    if (protocol !== 'https') return plain;
    const quiet = { config: undefined, emit: () => {}, log };
    return (await secure(plain, { ...quiet, name: host, peer, lifeline })).socket;
  } catch (error) {
    if (!(error instanceof ProbeFailure) || error.message.includes(peer)) throw error;
    throw new ProbeFailure(error.reason, `${peer}: ${error.message}`, { cause: error });
  }
}

// A protocol that the connection changes to is one of HTTP/1.1's.
function protocolsFor({ headers }: HttpRequest, { enable_http2: http2 }: HttpOptions): string[] {
  return http2 && !headers.upgrade ? ['h2', 'http/1.1'] : ['http/1.1'];
}

function http2On(socket: TLSSocket, lifeline: Lifeline): Http2 | undefined {
  return socket.alpnProtocol === 'h2' ? startHttp2(socket, lifeline) : undefined;
}

function watched(socket: Socket, parts: Omit<Connection, 'socket' | 'socketError'>): Connection {
  return keepSocketError(socket, { socket, socketError: undefined, ...parts });
}
