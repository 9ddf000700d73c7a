import { MASK, Secret } from '../../lib/secret.ts';

/** A URL that prints without user, password and query; a proxy's has no more than its host. */
export function secretUrl(text: string): Secret {
  const { protocol, username, password, host, pathname, search } = new URL(text);
  const userinfo = username || password ? `${MASK}@` : '';
  const path = pathname === '/' && search === '' ? '' : pathname;
  const query = search === '' ? '' : `?${MASK}`;
  return new Secret(text, `${protocol}//${userinfo}${host}${path}${query}`);
}

/** The host of a URL without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

/** The port of an `http:`, `https:`, `ws:` or `wss:` URL, also where it does not say. */
export function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' || protocol === 'wss:' ? 443 : 80;
}
