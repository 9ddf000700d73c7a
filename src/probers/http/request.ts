import { readOptionFile } from '../shared/files.ts';
import { authorizationHeader } from '../shared/http-credentials.ts';
import { headerValues, wire } from '../shared/http-headers.ts';
import { USER_AGENT } from '../shared/user-agent.ts';
import type { HttpOptions } from './options.ts';

/** One request, to one URL. Redirects make a new one of it. */
export interface HttpRequest {
  /** Without user name and password: they are in the headers. */
  readonly url: URL;
  readonly method: string;
  /** Names in lower case, without `host`. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** The `Host` header where it is not the URL's. */
  readonly host: string | undefined;
  /** The name TLS asks for and verifies where it is not the URL's. */
  readonly serverName: string | undefined;
  readonly body: Buffer | undefined;
  /** Whether a redirect leads it to somebody who is told nothing that shows who is asking. */
  readonly isForStranger: boolean;
}

/**
 * Reads a target as a URL; `http://` where no scheme is given.
 *
 * @returns what is wrong with it, as text, where it is no target.
 */
export function parseTarget(target: string): URL | string {
  const text = target.trim();
  if (text === '') return 'is empty';
  if (/^https?:(?!\/\/)\//i.test(text)) return 'has one slash after its scheme, expected two';
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const scheme = withScheme.slice(0, withScheme.indexOf(':')).toLowerCase();
  if (scheme !== 'http' && scheme !== 'https') {
    return `has the scheme ${scheme}, expected http or https`;
  }
  const url = URL.parse(withScheme);
  if (!url) return hasBadPort(withScheme) ? 'has a bad port, expected 1 to 65535' : 'is no URL';
  return url.port === '0' ? 'has a bad port, expected 1 to 65535' : url;
}

function hasBadPort(url: string): boolean {
  const authority = /^[^/]*\/\/(?<authority>[^/?#]*)/.exec(url)?.groups?.authority ?? '';
  const port = /:(?<port>[^:\]]*)$/.exec(authority)?.groups?.port;
  return port !== undefined && !(/^\d*$/.test(port) && Number(port) <= 65_535);
}

// They follow from the body, whatever is configured; Go's client does the same.
const FRAMING_HEADERS = ['content-length', 'transfer-encoding', 'trailer'] as const;

/**
 * Makes the first request of a probe: everything the options say, files read anew.
 *
 * @throws {ProbeFailure} `not_found` or `permission` where a file is no good.
 */
export async function firstRequest(
  target: URL,
  options: HttpOptions,
  signal: AbortSignal,
): Promise<HttpRequest> {
  const headers: Record<string, string | readonly string[]> = { 'user-agent': USER_AGENT };
  if (options.compression !== '') headers['accept-encoding'] = options.compression;
  const authorization = await authorizationHeader(target, options, signal);
  if (authorization !== undefined) headers.authorization = wire(authorization);
  for (const [name, value] of Object.entries(options.headers)) {
    headers[name.toLowerCase()] = wire(value.reveal());
  }
  for (const [name, sources] of Object.entries(options.http_headers)) {
    const given = headers[name.toLowerCase()] ?? [];
    headers[name.toLowerCase()] = [
      ...[given].flat(),
      ...(await headerValues(name, sources, signal)),
    ];
  }
  for (const name of FRAMING_HEADERS) delete headers[name];
  const { host, ...others } = headers;
  const body = await requestBody(options, signal);
  return {
    url: withoutUserinfo(target),
    method: options.method.toUpperCase() || 'GET',
    headers: others,
    // An empty one is none, as Go has it.
    host: host?.toString() || undefined,
    serverName: options.tls_config?.server_name || hostOnly(host?.toString()) || undefined,
    body,
    isForStranger: false,
  };
}

function withoutUserinfo(target: URL): URL {
  if (target.username === '' && target.password === '') return target;
  const url = new URL(target);
  url.username = '';
  url.password = '';
  return url;
}

async function requestBody(
  { body, body_file: file }: HttpOptions,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  if (file) return readOptionFile('body_file', file, signal);
  return body === undefined ? undefined : Buffer.from(body.reveal());
}

/** A `Host` header without its port and without the brackets of an IPv6 address. */
function hostOnly(host: string | undefined): string | undefined {
  return host?.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');
}
