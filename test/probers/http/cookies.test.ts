import { describe, expect, test } from 'vitest';
import { http } from '../../../src/probers/http.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import { urlOf } from '../../support/http-peers.ts';
import { probe } from '../../support/probe.ts';
import { httpServer, httpsServer } from '../../support/servers.ts';

const authority = authorityOfThisFile();

interface Hop {
  readonly to: string;
  readonly set?: string | string[];
}

/** Redirects from path to path and keeps the `Cookie` header that came with each; what is no hop is the end. */
async function trail(hops: Record<string, Hop>) {
  const seen: Record<string, string | undefined> = {};
  const server = await httpServer((request, response) => {
    const path = request.url ?? '';
    seen[path] = request.headers.cookie;
    const hop = hops[path];
    if (!hop) return void response.end('ok');
    if (hop.set) response.setHeader('set-cookie', hop.set);
    response.writeHead(302, { location: hop.to }).end();
  });
  return { server, seen };
}

describe('a cookie', () => {
  test('that a redirect sets is sent on the next hop, and on those after it', async () => {
    const { server, seen } = await trail({
      '/': { to: '/next', set: 'somecookie=cookie; Expires=Wed, 01 Jan 2098 00:00:00 GMT' },
      '/next': { to: '/end', set: ['second=2', 'third="3 3"'] },
    });
    const outcome = await probe(http, urlOf(server));
    expect(outcome.failure).toBeUndefined();
    expect(seen).toEqual({
      '/': undefined,
      '/next': 'somecookie=cookie',
      '/end': 'somecookie=cookie; second=2; third="3 3"',
    });
  });

  test('is not kept from one probe to the next', async () => {
    const { server, seen } = await trail({ '/': { to: '/end', set: 'a=1' } });
    await probe(http, urlOf(server));
    await probe(http, urlOf(server));
    expect(seen).toEqual({ '/': undefined, '/end': 'a=1' });
  });

  test.each([
    ['another path', 'a=1; Path=/elsewhere'],
    ['another domain', 'a=1; Domain=other.example'],
    ['a whole public suffix', 'a=1; Domain=com'],
    ['TLS only', 'a=1; Secure'],
    ['a time that is over', 'a=1; Max-Age=0'],
    ['a day that is over', 'a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
    ['nothing, having no name', '=1; Path=/'],
    ['nothing, being none', ';;;'],
    ['nothing, being a prefix that lies', '__Host-a=1; Path=/x'],
  ])('for %s is not sent: %s', async (_title, set) => {
    const { server, seen } = await trail({ '/': { to: '/end', set } });
    const outcome = await probe(http, urlOf(server));
    expect(outcome.failure).toBeUndefined();
    expect(seen).toEqual({ '/': undefined, '/end': undefined });
  });

  test('may name the address it comes from as its domain', async () => {
    const { server, seen } = await trail({ '/': { to: '/end', set: 'a=1; Domain=127.0.0.1' } });
    await probe(http, urlOf(server));
    expect(seen['/end']).toBe('a=1');
  });

  test('is replaced and deleted by those that come later', async () => {
    const { server, seen } = await trail({
      '/': { to: '/next', set: ['a=1', 'b=1'] },
      '/next': { to: '/end', set: ['a=2', 'b=; Max-Age=0'] },
    });
    await probe(http, urlOf(server));
    expect(seen).toMatchObject({ '/next': 'a=1; b=1', '/end': 'a=2' });
  });

  test('that is bad fails no probe, however long and strange', async () => {
    const strange = ['x='.repeat(2000), ' '.repeat(5000), 'a=\x80\xff', 'ok=1', ';'.repeat(5000)];
    const { server, seen } = await trail({ '/': { to: '/end', set: strange } });
    const outcome = await probe(http, urlOf(server));
    expect(outcome.failure).toBeUndefined();
    expect(seen['/end']).toContain('ok=1');
  });

  test('stays with the host that set it, and is there again when the way leads back', async () => {
    const home = await trail({});
    const seenAway: unknown[] = [];
    const stranger = await httpServer((request, response) => {
      seenAway.push(request.headers.cookie);
      response.setHeader('set-cookie', 'stranger=1');
      response.writeHead(302, { location: urlOf(home.server, '/back') }).end();
    });
    const { server, seen } = await trail({
      '/': { to: `http://localhost:${stranger.port}/`, set: 'home=1' },
    });
    await probe(http, urlOf(server));
    expect(seen).toEqual({ '/': undefined });
    expect(seenAway).toEqual([undefined]);
    // Ports make no difference to cookies: this is the same host as the first.
    expect(home.seen).toEqual({ '/back': 'home=1' });
  });

  test('for TLS only is sent over TLS', async () => {
    const seen: unknown[] = [];
    const server = await httpsServer(
      authority().issue({ names: 'DNS:localhost' }),
      (request, response) => {
        seen.push(request.headers.cookie);
        if (request.url === '/end') return void response.end();
        response.setHeader('set-cookie', 'a=1; Secure');
        response.writeHead(302, { location: '/end' }).end();
      },
    );
    const tls_config = { ca_file: authority().certFile };
    await probe(http, `https://localhost:${server.port}/`, { tls_config });
    expect(seen).toEqual([undefined, 'a=1']);
  });

  test('trap 22: belongs to the host that the Host header names', async () => {
    const { server, seen } = await trail({
      '/': { to: '/end', set: ['a=1; Domain=shop.example', 'b=1; Domain=other.example'] },
    });
    await probe(http, urlOf(server), { headers: { Host: 'www.shop.example:8080' } });
    expect(seen['/end']).toBe('a=1');
  });
});

describe('a configured Cookie header', () => {
  const options = { headers: { Cookie: 'session=canary; theme=dark' } };

  test('goes with the cookies that redirects set, and gives way to those of the same name', async () => {
    const { server, seen } = await trail({
      '/': { to: '/next', set: 'other=1' },
      '/next': { to: '/end', set: 'theme=light' },
    });
    await probe(http, urlOf(server), options);
    expect(seen).toEqual({
      '/': 'session=canary; theme=dark',
      '/next': 'session=canary; theme=dark; other=1',
      '/end': 'session=canary; other=1; theme=light',
    });
  });

  test('trap 21: does not go to another host, and does not come back from there', async () => {
    const { server: home, seen } = await trail({});
    const seenAway: unknown[] = [];
    const away = await httpServer((request, response) => {
      seenAway.push(request.headers.cookie);
      if (request.url === '/') {
        response.setHeader('set-cookie', 'away=1');
        return void response.writeHead(302, { location: '/again' }).end();
      }
      response.writeHead(302, { location: urlOf(home) }).end();
    });
    const start = await trail({ '/': { to: `http://localhost:${away.port}/`, set: 'home=1' } });
    await probe(http, urlOf(start.server), options);
    expect(seenAway).toEqual([undefined, 'away=1']);
    expect(seen).toEqual({ '/': 'home=1' });
  });
});
