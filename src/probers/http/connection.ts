import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Emit, ProbeContext } from '../contract.ts';
import { ProbeFailure } from '../failure.ts';
import {
  type addressMetrics,
  findAddress,
  hostPort,
  literalAddress,
  resolve,
} from '../shared/address.ts';
import type { EmitTls } from '../shared/certificate.ts';
import { dial, Lifeline } from '../shared/dial.ts';
import {
  type Address,
  assertPermitted,
  type Gate,
  type PermittedAddress,
  type Place,
} from '../shared/gate.ts';
import { type ProxyServer, proxyAuthorization, proxyFor } from '../shared/http-proxy.ts';
import { hostOf, portOf } from '../shared/http-url.ts';
import { secure } from '../shared/secure.ts';
import { keepSocketError } from '../shared/socket-error.ts';
import type { Stopwatch } from '../shared/stopwatch.ts';
import type { TlsSession } from '../shared/tls.ts';
import { withoutClientCertificate } from '../shared/tls-options.ts';
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

/** What to open a connection with. */
export interface Opening {
  readonly options: HttpOptions;
  readonly signal: AbortSignal;
  readonly emit: Emit<typeof addressMetrics> & EmitTls;
  readonly log: ProbeContext<unknown, never>['log'];
  readonly stopwatch: Stopwatch<Phase>;
  readonly gate: Gate;
  /** What the URL is to the probe. Of the target itself the address is exported. */
  readonly role: 'target' | 'redirect' | 'token endpoint';
  /** What messages call the other end. Absent: its host and port. */
  readonly peer?: string;
}

/**
 * Resolves, connects, through a proxy where one applies, and speaks TLS, each on the clock.
 *
 * @throws {ProbeFailure} for every way in which that can fail.
 */
export async function openConnection(request: HttpRequest, opening: Opening): Promise<Connection> {
  const { options, signal, stopwatch, emit, log } = opening;
  const { url } = request;

  const { peer = hostPort(hostOf(url), portOf(url)) } = opening;

  stopwatch.start();
  const route = await routeTo(url, opening);
  const lifeline = new Lifeline(signal);
  const socket = await follow(route, url, lifeline, opening);
  stopwatch.lap('connect');
  const { proxy } = route;
  if (url.protocol === 'http:') {
    const spoken = proxy && isSpokenTo(proxy, url) ? proxy : undefined;
    const parts = { session: undefined, http2: undefined, proxy: spoken };
    return watched(socket, { ...parts, peer: spoken ? nameOf(spoken) : peer, lifeline });
  }

  const session = await secure(socket, {
    config: request.isForStranger
      ? withoutClientCertificate(options.tls_config)
      : options.tls_config,
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
  | { readonly proxy: undefined; readonly address: PermittedAddress }
  | { readonly proxy: ProxyServer; readonly address: Address | undefined };

async function routeTo(url: URL, opening: Opening): Promise<Route> {
  const { options, gate, stopwatch, role } = opening;
  const place = placeOf(url, role);
  if (options.skip_resolve_phase_with_proxy) {
    const proxy = proxyFor(url, options, undefined);
    if (proxy) {
      assertPermitted(gate, place, knownToProxy(place));
      return { proxy, address: undefined };
    }
  }
  const address =
    role === 'target' ? await findAddress(place, opening) : await resolve(place, opening);
  stopwatch.lap('resolve');
  const proxy = proxyFor(url, options, address);
  if (!proxy) return { proxy: undefined, address };
  // It is told the URL, and looks the name in it up once more.
  if (isSpokenTo(proxy, url)) assertPermitted(gate, place, knownToProxy(place));
  return { proxy, address };
}

/** The place that a URL names. */
export function placeOf(url: URL, role: Place['role']): Place {
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  return { role, scheme, host: hostOf(url), port: portOf(url) };
}

function knownToProxy({ host }: Place): Address | 'looked up by a proxy' {
  return literalAddress(host) ?? 'looked up by a proxy';
}

/** Whether a request is written to the proxy itself, and not through a tunnel. */
function isSpokenTo({ protocol }: ProxyServer, url: URL): boolean {
  return url.protocol === 'http:' && protocol !== 'socks5';
}

async function follow(
  { proxy, address }: Route,
  url: URL,
  lifeline: Lifeline,
  opening: Opening,
): Promise<Socket> {
  if (proxy) return reachThrough(proxy, { url, address, lifeline }, opening);
  const socket = await dial(address, lifeline);
  opening.log('connected', { ip: address.ip, port: address.port });
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
  opening: Opening,
): Promise<Socket> {
  const { options, log } = opening;
  const peer = nameOf(proxy);
  const socket = await reachProxy(proxy, peer, lifeline, opening);
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
  opening: Opening,
): Promise<Socket> {
  try {
    const place = { role: 'proxy', scheme: protocol, host, port } as const;
    const plain = await dial(await resolve(place, opening), lifeline);
    if (protocol !== 'https') return plain;
    const quiet = { config: undefined, emit: () => {}, log: opening.log };
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
