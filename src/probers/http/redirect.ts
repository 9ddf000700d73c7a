import { ProbeFailure } from '../failure.ts';
import type { HttpRequest } from './request.ts';

/** As many as blackbox_exporter (and Go's client) follows. */
export const MAX_REDIRECTS = 10;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Whether an answer asks for another request. */
export function isRedirect(status: number, location: string | undefined): location is string {
  return REDIRECTS.has(status) && Boolean(location);
}

/**
 * The request that a redirect asks for.
 *
 * @param location the header as Node.js gives it: one character per byte.
 * @throws {ProbeFailure} `redirect` where the new place is none.
 */
export function redirected(request: HttpRequest, status: number, location: string): HttpRequest {
  const url = nextUrl(request.url, location);
  return withMethod(
    sameParty(request.url, url) ? { ...request, url } : asStranger(request, url),
    status,
  );
}

function nextUrl(current: URL, location: string): URL {
  const text = Buffer.from(location, 'latin1').toString();
  if (!URL.canParse(text, current.href)) {
    throw new ProbeFailure('redirect', 'the redirect leads to something that is no URL');
  }
  const url = new URL(text, current);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new ProbeFailure(
      'redirect',
      'the redirect leads to a URL of another scheme, expected http or https',
    );
  }
  url.username = '';
  url.password = '';
  return url;
}

/** Whether the new place may be told what the old one was told: the same origin, or the same host now with TLS. */
function sameParty(from: URL, to: URL): boolean {
  if (from.origin === to.origin) return true;
  const upgraded = from.protocol === 'http:' && to.protocol === 'https:';
  return upgraded && from.hostname === to.hostname && from.port === '' && to.port === '';
}

// A configured header may hold a key under any name, so a list of the harmless, not of the harmful.
const HARMLESS: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-encoding',
  'content-language',
  'content-type',
  'pragma',
  'user-agent',
]);

function asStranger(request: HttpRequest, url: URL): HttpRequest {
  const harmless = Object.entries(request.headers).filter(([name]) => HARMLESS.has(name));
  return {
    ...request,
    url,
    headers: Object.fromEntries(harmless),
    host: undefined,
    serverName: undefined,
    isForStranger: true,
  };
}

/** 307 and 308 repeat the request; the others fetch the new place, as Go's client has it. */
function withMethod(request: HttpRequest, status: number): HttpRequest {
  if (status === 307 || status === 308) return request;
  const method = request.method === 'HEAD' ? 'HEAD' : 'GET';
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => !name.startsWith('content-')),
  );
  return { ...request, method, headers, body: undefined };
}
