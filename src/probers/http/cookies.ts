import type { CookieJar } from 'tough-cookie';
import { lazyPackage } from '../../lib/lazy.ts';
import type { HttpRequest } from './request.ts';

// It brings the list of all public suffixes, and few redirects set a cookie.
const library = lazyPackage<typeof import('tough-cookie')>('tough-cookie');

/** What one probe keeps from hop to hop: cookies that answers set, and those of a configured `Cookie` header. */
export class Cookies {
  #jar: CookieJar | undefined;
  /** Each as `name=value`; those that an answer sets anew are gone. */
  #configured: readonly string[];

  constructor({ headers: { cookie = [] } }: HttpRequest) {
    this.#configured = pairs([cookie].flat());
  }

  /**
   * The request that follows an answer, with the cookies that belong to its place. A bad cookie is no cookie.
   *
   * @param setCookies the answer's `Set-Cookie` headers, one character per byte.
   */
  carry(from: HttpRequest, setCookies: readonly string[] = [], to: HttpRequest): HttpRequest {
    this.#store(from, setCookies);
    // Where the configured header was dropped on the way it does not come back.
    if (to.headers.cookie === undefined) this.#configured = [];
    const { cookie: _old, ...headers } = to.headers;
    const all = [...this.#configured, ...this.#stored(to)];
    return { ...to, headers: { ...headers, ...(all.length > 0 && { cookie: all.join('; ') }) } };
  }

  #store(from: HttpRequest, setCookies: readonly string[]): void {
    if (setCookies.length === 0) return;
    this.#jar ??= new (library().CookieJar)(undefined, AS_GO);
    const url = placeOf(from);
    for (const setCookie of setCookies) this.#jar.setCookieSync(setCookie, url, LENIENT);
    const replaced = new Set(setCookies.map(nameOf));
    this.#configured = this.#configured.filter((pair) => !replaced.has(nameOf(pair)));
  }

  #stored(to: HttpRequest): string[] {
    const cookies = this.#jar?.getCookiesSync(placeOf(to)) ?? [];
    return cookies.map((cookie) => cookie.cookieString());
  }
}

// A loopback address is no safer than others.
const AS_GO = { allowSecureOnLocal: false };
const LENIENT = { ignoreError: true };

/** Cookies belong to the host a request names, which need not be the one it is sent to. */
function placeOf({ url, host }: HttpRequest): string {
  const named = `${url.protocol}//${host ?? ''}${url.pathname}`;
  return host !== undefined && URL.canParse(named) ? new URL(named).href : url.href;
}

function pairs(headers: readonly string[]): string[] {
  return headers
    .flatMap((header) => header.split(';'))
    .map((pair) => pair.trim())
    .filter(Boolean);
}

function nameOf(cookie: string): string {
  return cookie.split(/[=;]/, 1)[0]?.trim() ?? '';
}
