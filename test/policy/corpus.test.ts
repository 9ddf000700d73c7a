import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startGuard } from '../support/guard.ts';
import { type AskPolicy, type PolicyAnswer, serveFile } from '../support/policy.ts';
import { proxyServer, via } from '../support/proxy-server.ts';
import { httpServer } from '../support/servers.ts';
import { socksServer } from '../support/socks-server.ts';

// Ways to write addresses that deny: [loopback, private] is about, or that are always denied.
const SPELLINGS = readFileSync(join(import.meta.dirname, 'spellings.txt'), 'utf8')
  .trim()
  .split('\n');

const DENY = ['loopback', 'private'];
const modules = {
  http: { prober: 'http' },
  tcp: { prober: 'tcp' },
  grpc: { prober: 'grpc' },
  websocket: { prober: 'websocket' },
  udp: { prober: 'dns', dns: { query_name: 'example.com' } },
  icmp: { prober: 'icmp' },
};

const TARGETS = {
  http: (spelling: string, port: number) => `http://${spelling}:${port}/`,
  tcp: (spelling: string, port: number) => `${spelling}:${port}`,
  grpc: (spelling: string, port: number) => `${spelling}:${port}`,
  websocket: (spelling: string, port: number) => `ws://${spelling}:${port}/`,
  udp: (spelling: string, port: number) => `${spelling}:${port}`,
  icmp: (spelling: string) => spelling,
} as const;

/** Asked a few at a time. */
async function askAll(
  ask: AskPolicy,
  spellings: readonly string[],
  query: (spelling: string, index: number) => Record<string, string>,
): Promise<PolicyAnswer[]> {
  const answers: PolicyAnswer[] = [];
  const queue = spellings.entries();
  const lane = async () => {
    for (const [index, spelling] of queue) answers[index] = await ask(query(spelling, index));
  };
  await Promise.all(Array.from({ length: 16 }, lane));
  return answers;
}

describe(`${SPELLINGS.length} spellings of addresses that are denied`, () => {
  test('are at least 200, each another', () => {
    expect(new Set(SPELLINGS).size).toBeGreaterThanOrEqual(200);
    expect(new Set(SPELLINGS).size).toBe(SPELLINGS.length);
  });

  test.each([
    ['http', 1, 330],
    ['tcp', 1, 270],
    ['grpc', 3, 90],
    ['websocket', 3, 110],
    ['udp', 3, 90],
    ['icmp', 3, 90],
  ] as const)(
    'are not reached by %s, of which every %dth is tried',
    async (module, step, atLeast) => {
      const guard = await startGuard();
      const { ask } = await serveFile({ modules, probe_policy: { deny: DENY } });
      const some = every(step);
      const answers = await askAll(ask, some, (spelling) => ({
        module,
        target: TARGETS[module](spelling, guard.port),
      }));
      const wrong = answers.flatMap(({ status, text }, index) =>
        status === 403 || status === 400 ? [] : [`${some[index]}: ${status} ${text.slice(0, 200)}`],
      );
      expect(wrong).toEqual([]);
      // The others are no targets.
      expect(answers.filter(({ status }) => status === 403).length).toBeGreaterThan(atLeast);
      expect(guard.visits()).toBe(0);
    },
  );

  test.each(['http', 'tcp'] as const)(
    'are reached by %s without a policy, where they are this host',
    async (module) => {
      const guard = await startGuard();
      const { ask } = await serveFile({ modules });
      const open = SPELLINGS.filter(isThisHost);
      expect(open.length).toBeGreaterThan(50);
      const answers = await askAll(ask, open, (spelling) => ({
        module,
        target: TARGETS[module](spelling, guard.port),
      }));
      const refused = answers.filter(({ status }) => status === 403);
      expect(refused).toEqual([]);
      // As TCP targets, some of them are none.
      const targets = answers.filter(({ status }) => status === 200);
      expect(targets.filter(({ success }) => !success)).toEqual([]);
      expect(targets.length).toBeGreaterThan(40);
      expect(guard.visits()).toBe(targets.length);
    },
  );

  test('are not reached by a redirect', async () => {
    const guard = await startGuard();
    const server = await httpServer((request, response) => {
      const index = Number(request.url?.slice(1));
      const location = TARGETS.http(SPELLINGS[index] ?? '', guard.port);
      const status = [301, 302, 303, 307, 308][index % 5] ?? 0;
      response.writeHead(status, { location: Buffer.from(location).toString('latin1') }).end();
    });
    const { ask } = await serveFile({ modules, probe_policy: { deny: [denyAt(guard.port)] } });
    const answers = await askAll(ask, SPELLINGS, (_spelling, index) => ({
      module: 'http',
      target: `http://127.0.0.1:${server.port}/${index}`,
    }));
    const reasons = Object.groupBy(answers, ({ status, reason }) => `${status} ${reason}`);
    // What is no URL is no place to go to.
    expect(Object.keys(reasons).sort()).toEqual(['200 policy', '200 redirect']);
    expect(reasons['200 policy']?.length).toBeGreaterThan(330);
    expect(server.sockets).toHaveLength(SPELLINGS.length);
    expect(guard.visits()).toBe(0);
  });

  test.each([
    ['http', false],
    ['http', true],
    ['https', false],
    ['https', true],
    ['socks', false],
    ['socks', true],
  ] as const)(
    'are not asked of a proxy: %s, skip_resolve_phase_with_proxy: %s',
    async (kind, skip) => {
      const guard = await startGuard();
      const proxy = await (kind === 'socks' ? socksServer(guard.port) : proxyServer());
      const url = kind === 'socks' ? `socks5://127.0.0.1:${proxy.port}` : via(proxy);
      const options = { proxy_url: url, skip_resolve_phase_with_proxy: skip };
      const { ask } = await serveFile({
        modules: { proxied: { prober: 'http', http: options } },
        probe_policy: { deny: [denyAt(guard.port)] },
      });
      const scheme = kind === 'https' ? 'https' : 'http';
      const answers = await askAll(ask, every(8), (spelling) => ({
        module: 'proxied',
        target: `${scheme}://${spelling}:${guard.port}/`,
      }));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400, 403]));
      expect(proxy.sockets).toHaveLength(0);
      expect(guard.visits()).toBe(0);
    },
  );
});

describe('other ways to hide where a URL leads', () => {
  test.each([
    'http://example.com@127.0.0.1:PORT/',
    'http://example.com:80@127.0.0.1:PORT/',
    'http://example.com%2f@127.0.0.1:PORT/',
    'http://example.com%00@127.0.0.1:PORT/',
    'http://127.0.0.1:PORT#@example.com/',
    'http://127.0.0.1:PORT?@example.com/',
    'http://127.0.0.1:PORT\\@example.com/',
    'HTTP://127.0.0.1:PORT/',
    'http://127.0.0.1:000PORT/',
    'http://\t127.0.0.1:PORT/',
    'http://127.0\n.0.1:PORT/',
    ' http://127.0.0.1:PORT/ ',
    '127.0.0.1:PORT/path',
    'example.com@127.0.0.1:PORT',
    '///127.0.0.1:PORT/',
    'http:////127.0.0.1:PORT/',
    'http://127.0.0.1:PORT/../../@example.com',
    'ftp://127.0.0.1:PORT/',
    'file://127.0.0.1:PORT/etc/passwd',
    'gopher://127.0.0.1:PORT/',
  ])('%j is refused', async (pattern) => {
    const guard = await startGuard();
    const { ask } = await serveFile({ modules, probe_policy: { deny: DENY } });
    const target = pattern.replace('PORT', String(guard.port));
    const { status } = await ask({ module: 'http', target });
    expect([400, 403]).toContain(status);
    expect(guard.visits()).toBe(0);
  });
});

/** All probers ask the same gate: of most of them some will do. */
function every(step: number): readonly string[] {
  return SPELLINGS.filter((_spelling, index) => index % step === 0);
}

/** What stands in the list, but for a test's own servers. */
function denyAt(port: number): object {
  return { networks: DENY, ports: [port] };
}

// As the URL standard has it, which knows nothing of our decoder.
const THIS_HOST =
  /^(?:127\.[\d.]+|0\.0\.0\.0|localhost|\[::1?\]|\[::ffff:7f[\da-f]{2}:[\da-f]+\])$/;

function isThisHost(spelling: string): boolean {
  return THIS_HOST.test(URL.parse(`http://${spelling}/`)?.hostname ?? '');
}
