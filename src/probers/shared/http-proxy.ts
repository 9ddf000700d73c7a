import { BlockList, isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { Secret } from '../../lib/secret.ts';
import { ProbeFailure } from '../failure.ts';
import type { Address } from './gate.ts';
import { basicAuthorization, decoded } from './http-credentials.ts';
import { headerName, isHeaderValue, wire } from './http-headers.ts';
import { hostOf, portOf, secretUrl } from './http-url.ts';
import { boolean, hidden, markedSecret } from './options.ts';
import { schemaHints } from './schema-hints.ts';

const connectHeaderValue = hidden(
  z.string().refine(isHeaderValue, { error: 'a header value has no line break' }),
);

const PROXY_EXPECTED =
  'expected a URL such as "http://proxy.example.com:3128", with http, https or socks5';

/** Empty: there is none. */
const proxyUrl = markedSecret(
  z
    .string()
    .register(schemaHints, {
      $comment: 'URL',
      pattern: '^(?:$|[hH][tT][tT][pP][sS]?://|[sS][oO][cC][kK][sS]5[hH]?://)',
      patternErrorMessage: PROXY_EXPECTED,
    })
    .transform((text, context): Secret | undefined => {
      if (text === '') return undefined;
      if (isProxyUrl(text)) return secretUrl(text);
      context.addIssue({ code: 'custom', message: PROXY_EXPECTED, input: '' });
      return z.NEVER;
    }),
);

/** The options of a client that say which proxy to use, as prometheus/common has them. */
export const proxyOptions = {
  proxy_url: proxyUrl
    .optional()
    .describe(
      'Proxy to send requests through, http://, https:// or socks5://, with user and password where it wants them. ' +
        'https targets are reached through a tunnel (CONNECT); a proxy that does not open it gives the reason refused.',
    ),
  no_proxy: z
    .string()
    .optional()
    .describe(
      'Comma-separated hosts to reach without the proxy: names, which cover their subdomains, addresses, networks such as ' +
        '10.0.0.0/8, each with a port where only that is meant, or * for all. localhost is then always among them.',
    ),
  proxy_from_environment: boolean()
    .default(false)
    .describe(
      'Whether to take the proxy from the environment: HTTP_PROXY, HTTPS_PROXY and NO_PROXY.',
    ),
  proxy_connect_header: z
    .record(headerName(), z.array(connectHeaderValue))
    .default({})
    .describe('Headers for the proxy when it is asked for a tunnel. The values are never shown.'),
  skip_resolve_phase_with_proxy: boolean()
    .default(false)
    .describe(
      'Whether to leave it to the proxy to find the address of the target. Otherwise it is looked up here, exported, ' +
        'and a tunnel is asked for to that address.',
    ),
};

/** {@link proxyOptions} as they are after parsing. */
export interface ProxyOptions {
  readonly proxy_url?: Secret | undefined;
  readonly no_proxy?: string | undefined;
  readonly proxy_from_environment: boolean;
  readonly proxy_connect_header: Readonly<Record<string, readonly Secret[]>>;
}

/** {@link proxyOptions} as far as they can be read where some are wrong. */
export interface ProxyContradictable {
  readonly proxy_url?: unknown;
  readonly no_proxy?: unknown;
  readonly proxy_from_environment?: unknown;
  readonly proxy_connect_header?: unknown;
}

/** Where {@link proxyOptions} contradict each other. */
export function* proxyContradictions(
  options: ProxyContradictable,
): Generator<[path: string, message: string]> {
  const { proxy_url: url, no_proxy: none, proxy_from_environment: environment } = options;
  if (environment && url) {
    yield [
      'proxy_from_environment',
      'at most one of proxy_url and proxy_from_environment can be set',
    ];
  }
  if (none && environment) {
    yield [
      'no_proxy',
      'proxy_from_environment takes NO_PROXY from the environment, so no_proxy cannot be set',
    ];
  } else if (none && !url) {
    yield ['no_proxy', 'no_proxy needs proxy_url'];
  }
  if (Object.keys(options.proxy_connect_header ?? {}).length > 0 && !url && !environment) {
    yield [
      'proxy_connect_header',
      'proxy_connect_header needs proxy_url or proxy_from_environment',
    ];
  }
}

/** A proxy to send a request through. */
export interface ProxyServer {
  readonly protocol: 'http' | 'https' | 'socks5';
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: Secret;
}

/** The headers that tell an HTTP proxy who is asking. */
export function proxyAuthorization({ username, password }: ProxyServer): Record<string, string> {
  const secret = password.reveal();
  if (username === '' && secret === '') return {};
  return { 'proxy-authorization': wire(basicAuthorization(username, secret)) };
}

/**
 * The proxy for one request; `undefined` where it goes straight to its target.
 *
 * @param address of the target, where it was looked up: `no_proxy` may name it.
 * @throws {ProbeFailure} `unsupported` where the environment names something that is no proxy.
 */
export function proxyFor(
  url: URL,
  options: ProxyOptions,
  address: Address | undefined,
): ProxyServer | undefined {
  const { proxy_url: configured, no_proxy: exceptions } = options;
  if (configured) {
    return exceptions && isExcepted(exceptions, url, address)
      ? undefined
      : toProxy(configured.reveal());
  }
  if (!options.proxy_from_environment) return undefined;
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const text = fromEnvironment(name);
  if (text === '' || isExcepted(fromEnvironment('NO_PROXY'), url, address)) return undefined;
  const proxy = text.includes('://') ? text : `http://${text}`;
  if (isProxyUrl(proxy)) return toProxy(proxy);
  throw new ProbeFailure('unsupported', `${name} of the environment: ${PROXY_EXPECTED}`);
}

let environment: NodeJS.ProcessEnv = {};

/** Says in which environment `proxy_from_environment` looks for `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. */
export function useProxyEnvironment(variables: NodeJS.ProcessEnv): void {
  environment = variables;
}

function fromEnvironment(name: string): string {
  return environment[name] || environment[name.toLowerCase()] || '';
}

function isProxyUrl(text: string): boolean {
  const scheme = /^(?<scheme>[a-z][a-z0-9+.-]*):\/\//i.exec(text)?.groups?.scheme?.toLowerCase();
  const isUrl = scheme !== undefined && Object.hasOwn(PROTOCOLS, scheme) && URL.canParse(text);
  return isUrl && new URL(text).hostname !== '';
}

// To Go both words mean that the proxy looks names up.
const PROTOCOLS = { http: 'http', https: 'https', socks5: 'socks5', socks5h: 'socks5' } as const;
const SOCKS_PORT = 1080;

function toProxy(text: string): ProxyServer {
  const url = new URL(text);
  const protocol = PROTOCOLS[url.protocol.slice(0, -1) as keyof typeof PROTOCOLS];
  const ownPort = url.port === '' ? SOCKS_PORT : Number(url.port);
  return {
    protocol,
    host: hostOf(url),
    port: protocol === 'socks5' ? ownPort : portOf(url),
    username: decoded(url.username),
    password: new Secret(decoded(url.password)),
  };
}

interface Destination {
  readonly host: string;
  readonly port: number;
  /** Its address, where that is known. */
  readonly ip: string | undefined;
}

/** As Go's httpproxy has it, loopback included; the name and the address count alike. */
function isExcepted(exceptions: string, url: URL, address: Address | undefined): boolean {
  const host = hostOf(url);
  const destination = { host, port: portOf(url), ip: isIP(host) ? host : address?.ip };
  if (host === 'localhost' || isInside(destination.ip, LOOPBACK)) return true;
  return exceptions.split(',').some((rule) => covers(rule.trim().toLowerCase(), destination));
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

function isInside(ip: string | undefined, list: BlockList): boolean {
  return ip !== undefined && list.check(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4');
}

function covers(rule: string, { host, port, ip }: Destination): boolean {
  if (rule === '*') return true;
  const network = networkOf(rule);
  if (network) return isInside(ip, network);
  const { name, rulePort } = partsOf(rule);
  if (rulePort !== undefined && rulePort !== port) return false;
  const single = networkOf(`${name}/${isIP(name) === 6 ? 128 : 32}`);
  return single ? isInside(ip, single) : coversName(name, host);
}

/** The addresses of `10.0.0.0/8` or `fd00::/8`. */
function networkOf(rule: string): BlockList | undefined {
  const { ip = '', bits = '' } = /^(?<ip>[^/]+)\/(?<bits>\d{1,3})$/.exec(rule)?.groups ?? {};
  const family = isIP(ip);
  if (family === 0 || Number(bits) > (family === 6 ? 128 : 32)) return undefined;
  const list = new BlockList();
  list.addSubnet(ip, Number(bits), family === 6 ? 'ipv6' : 'ipv4');
  return list;
}

function partsOf(rule: string): { name: string; rulePort: number | undefined } {
  if (isIP(rule)) return { name: rule, rulePort: undefined };
  const { name = '', port } = /^(?<name>.*?)(?::(?<port>\d+))?$/.exec(rule)?.groups ?? {};
  const bare = name.replace(/^\[(.*)\]$/, '$1');
  return { name: bare, rulePort: port === undefined ? undefined : Number(port) };
}

function coversName(name: string, host: string): boolean {
  const onlySubdomains = /^\*?\./.test(name);
  const domain = domainToASCII(name.replace(/^\*?\./, ''));
  if (domain === '') return false;
  return host.endsWith(`.${domain}`) || (!onlySubdomains && host === domain);
}
