import { describe, expect, test } from 'vitest';
import type { Refused } from '../../src/history/refusal-log.ts';
import { http } from '../../src/probers/http.ts';
import { recorder, urlOf } from '../support/http-peers.ts';
import { serveFile } from '../support/policy.ts';
import { probe } from '../support/probe.ts';
import { proxyServer, via } from '../support/proxy-server.ts';
import { httpServer, tcpServer } from '../support/servers.ts';
import { client, json, tokenEndpoint } from '../support/token-endpoint.ts';
import { unixServer } from '../support/unix-server.ts';

// No name server is asked: a label has at most 63 bytes.
const UNKNOWN = `canary${'x'.repeat(60)}`;

describe('a request that is refused', () => {
  test('is a 403 that names the rule, is counted and told, and is in no history', async () => {
    const told: Refused[] = [];
    const file = { modules: {}, probe_policy: { deny: ['loopback'] } };
    const { url, ask } = await serveFile(file, { refused: (refused) => told.push(refused) });
    const target = 'http://me:canary@localhost:1/?token=canary';
    const { status, text } = await ask({ module: 'http_2xx', target, debug: 'true' });
    expect(status).toBe(403);
    const why =
      'probe_policy refuses the target: its address is in loopback (127.0.0.0/8), which "deny" has';
    expect(text.replace('::1/128', '127.0.0.0/8')).toBe(`${why}\n`);
    expect(told).toMatchObject([{ module: 'http_2xx', why: text.trim() }]);
    expect(JSON.stringify(told)).not.toContain('canary');
    expect(await textOf(`${url}/metrics`)).toContain(
      'healthcheck_exporter_targets_refused_total 1',
    );
    expect((await fetch(`${url}/logs?target=${encodeURIComponent(target)}`)).status).toBe(404);
  });

  test('is refused by its name before that is looked up', async () => {
    const { ask } = await serveFile({ modules: {}, probe_policy: { deny: ['*.invalid'] } });
    const { status, text } = await ask({ module: 'tcp_connect', target: 'nobody.invalid:1' });
    expect([status, text]).toEqual([
      403,
      'probe_policy refuses the target: "deny" has "*.invalid"\n',
    ]);
  });

  test('costs the permitted nothing', async () => {
    const peer = await tcpServer();
    const { url, ask } = await serveFile({ modules: {}, probe_policy: { deny: [{ ports: [1] }] } });
    expect((await ask({ module: 'tcp_connect', target: `127.0.0.1:${peer.port}` })).success).toBe(
      true,
    );
    expect((await ask({ module: 'tcp_connect', target: '127.0.0.1:1' })).status).toBe(403);
    expect(await textOf(`${url}/metrics`)).toContain(
      'healthcheck_exporter_targets_refused_total 1',
    );
  });
});

test('checks of the file are not restricted', async () => {
  const peer = await tcpServer();
  const target = `127.0.0.1:${peer.port}`;
  const memory = { name: 'Memory', prober: 'memory' };
  const secret = { basic_auth: { username: 'me', password: 'x' } };
  const web = await recorder();
  const { url } = await serveFile({
    probe_policy: {
      configured_only: true,
      deny: ['loopback', '*', { ports: ['1-65535'] }],
      allow: ['192.0.2.1'],
    },
    checks: [
      { name: 'Port', target, prober: 'tcp' },
      memory,
      { name: 'Web', target: urlOf(web.server), prober: 'http', http: secret },
    ],
  });
  const text = await textOf(`${url}/metrics`);
  expect(text.match(/^probe_success\{.*\} 1$/gm)).toHaveLength(3);
});

describe('configured_only', () => {
  const credential = { prober: 'http', http: { bearer_token: 'x' } };

  test('takes the targets of checks, written as there, and no others', async () => {
    const peer = await recorder();
    const target = urlOf(peer.server);
    const { ask } = await serveFile({
      probe_policy: { configured_only: true },
      modules: { credential, other: credential },
      checks: [
        { name: 'Web', target, module: 'http_2xx' },
        { name: 'With a token', target: `${target}private`, module: 'credential' },
      ],
    });
    const statuses = async (query: Record<string, string>) => (await ask(query)).status;
    expect(await statuses({ module: 'http_2xx', target })).toBe(200);
    expect(await statuses({ module: 'tcp_connect', target: `127.0.0.1:${peer.server.port}` })).toBe(
      403,
    );
    expect(await statuses({ module: 'http_2xx', target: `${target}?x` })).toBe(403);
    expect(await statuses({ module: 'http_post_2xx', target })).toBe(200);
    expect(await statuses({ module: 'credential', target: `${target}private` })).toBe(200);
    expect(await statuses({ module: 'other', target: `${target}private` })).toBe(403);
    expect(await statuses({ module: 'credential', target })).toBe(403);
    expect(await statuses({ module: 'http_2xx', target, hostname: 'other.test' })).toBe(403);
  });

  test('does not open what is denied', async () => {
    const { ask } = await serveFile({
      probe_policy: { configured_only: true, deny: ['loopback'] },
      checks: [{ name: 'Web', target: 'http://127.0.0.1:1', module: 'http_2xx' }],
    });
    const { status, text } = await ask({ module: 'http_2xx', target: 'http://127.0.0.1:1' });
    expect([status, text]).toEqual([403, expect.stringContaining('loopback')]);
  });
});

describe('modules that look at the host of the exporter', () => {
  const modules = {
    memory: { prober: 'memory' },
    cpu: { prober: 'cpu' },
    disk: { prober: 'disk' },
    unit: { prober: 'systemd' },
    socket: { prober: 'unix' },
  };
  const targets: Readonly<Record<string, string>> = {
    disk: '/',
    unit: 'a.service',
    socket: '/run/a.sock',
  };
  const query = (module: string) => ({ module, target: targets[module] ?? '' });

  test.each<[object, readonly string[]]>([
    [{}, []],
    [{ allow: ['*'] }, []],
    [{ allow: [{ modules: ['*'] }] }, []],
    [{ allow: [{ modules: ['m*', 'soc*'] }] }, []],
    [{ allow: [{ modules: ['memory'], ports: [1] }] }, []],
    [{ allow: [{ modules: ['memory'], schemes: ['unix'] }] }, []],
    [{ allow: [{ modules: ['memory'] }] }, ['memory']],
    [{ allow: [{ modules: ['memory'] }], deny: [{ modules: ['mem*'] }] }, []],
    [{ allow: [{ modules: ['memory'] }], deny: [{ schemes: ['https'] }] }, ['memory']],
    [{ allow: [{ modules: ['memory', 'disk'] }] }, ['disk', 'memory']],
  ])('by %j are permitted: %j', async (probe_policy, permitted) => {
    const { ask } = await serveFile({ modules, probe_policy });
    const answers = await Promise.all(
      Object.keys(modules).map(async (module) => ({ module, ...(await ask(query(module))) })),
    );
    const names = answers.filter(({ status }) => status === 200).map(({ module }) => module);
    expect(names.sort()).toEqual(permitted);
    for (const { status, text } of answers.filter(({ status }) => status !== 200)) {
      expect([status, text]).toEqual([
        403,
        expect.stringContaining("looks at the exporter's own host"),
      ]);
    }
  });

  test('a unix socket can be opened by name', async () => {
    const peer = await unixServer();
    const { ask } = await serveFile({
      modules,
      probe_policy: { allow: [{ modules: ['socket'] }] },
    });
    expect((await ask({ module: 'socket', target: peer.path })).success).toBe(true);
  });
});

describe('what a probe comes to later', () => {
  test('is a failed probe where it is the proxy', async () => {
    const proxy = await proxyServer();
    const modules = { proxied: { prober: 'http', http: { proxy_url: via(proxy) } } };
    const probe_policy = { deny: [{ ports: [proxy.port] }] };
    const { url, ask } = await serveFile({ modules, probe_policy });
    const answer = await ask({ module: 'proxied', target: 'http://127.0.0.1:1/', debug: 'true' });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('probe_policy refuses the proxy');
    expect(proxy.sockets).toHaveLength(0);
    expect(await textOf(`${url}/metrics`)).toContain(
      'healthcheck_exporter_targets_refused_total 1',
    );
  });

  test('is a failed probe where it is the token endpoint, of which checks know nothing', async () => {
    const endpoint = await tokenEndpoint();
    const { server } = await recorder();
    const { url, ask } = await serveDenyingTokens(endpoint, urlOf(server));
    const { status, reason } = await ask({ module: 'token', target: urlOf(server) });
    expect([status, reason]).toEqual([200, 'policy']);
    expect(endpoint.requests).toEqual([]);
    expect(await textOf(`${url}/metrics`)).toMatch(/^probe_success\{.*\} 1$/m);
  });

  test('is refused also while a check waits for the same token', async () => {
    const { server } = await recorder();
    const asked = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const endpoint = await tokenEndpoint(async (request, response) => {
      asked.resolve();
      await released.promise;
      json({ access_token: 'a' })(request, response);
    });
    const { url, ask } = await serveDenyingTokens(endpoint, urlOf(server));
    const scrape = textOf(`${url}/metrics`);
    await asked.promise;
    expect((await ask({ module: 'token', target: urlOf(server) })).reason).toBe('policy');
    released.resolve();
    expect(await scrape).toMatch(/^probe_success\{.*\} 1$/m);
  });

  test('is a failed probe where it is the place of a redirect, which is kept', async () => {
    const server = await redirecting('http://169.254.169.254/canary');
    const { url, ask } = await serveFile({ modules: {} });
    const { status, reason } = await ask({ module: 'http_2xx', target: urlOf(server) });
    expect([status, reason]).toEqual([200, 'policy']);
    const log = await textOf(`${url}/logs?target=${encodeURIComponent(urlOf(server))}`);
    expect(log).toContain('probe_policy refuses the place it redirects to');
    expect(log).not.toMatch(/canary|cloud-metadata/);
  });
});

describe('where a redirect leads', () => {
  test.each([
    [
      'a port that nobody listens on',
      'http://127.0.0.77:1/canary',
      'refused',
      'connection refused',
    ],
    ['a name that nobody knows', `http://${UNKNOWN}/`, 'dns', 'its name could not be looked up'],
    [
      'a place that speaks no TLS',
      'https://127.0.0.1:PORT/canary',
      'tls',
      'it speaks no TLS that can be used',
    ],
  ])('is not told to who asks /probe: %s', async (_what, location, reason, sentence) => {
    const server = await redirecting(location);
    const { ask } = await serveFile({ modules: {} });
    const { text } = await ask({ module: 'http_2xx', target: urlOf(server), debug: 'true' });
    expect(text).toContain(
      `reason=${reason} message="the place it redirects to cannot be reached: ${sentence}"`,
    );
    expect(text).not.toMatch(/canary|127\.0\.0\.77/);
  });

  test('is not told where the answer from there is broken', async () => {
    const broken = await tcpServer((socket) => socket.end('canary'));
    const server = await redirecting(`http://localhost:${broken.port}/`);
    const { ask } = await serveFile({ modules: {} });
    const { text } = await ask({ module: 'http_2xx', target: urlOf(server), debug: 'true' });
    expect(text).toContain('message="the answer of the place it redirects to is not valid HTTP');
    expect(text).not.toMatch(/canary|localhost/);
    expect(text).not.toContain(String(broken.port));
  });

  test('is told to the operator, of whose checks it is', async () => {
    const server = await redirecting(`http://${UNKNOWN}/`);
    const { failure, log } = await probe(http, urlOf(server));
    expect(failure?.message).toContain(`${UNKNOWN} `);
    expect(log).toContainEqual(expect.objectContaining({ fields: { status: 302, host: UNKNOWN } }));
  });
});

function redirecting(location: string) {
  return httpServer(({ socket }, response) => {
    const place = location.replace('PORT', String(socket.localPort));
    response.writeHead(302, { location: place }).end();
  });
}

async function textOf(url: string): Promise<string> {
  return (await fetch(url)).text();
}

/** An exporter whose check of the target needs a token, from an endpoint that `/probe` may not reach. */
function serveDenyingTokens(endpoint: Awaited<ReturnType<typeof tokenEndpoint>>, target: string) {
  const oauth2 = { ...client, token_url: endpoint.token_url };
  return serveFile(
    {
      modules: { token: { prober: 'http', http: { oauth2 } } },
      probe_policy: { deny: [{ ports: [endpoint.server.port] }] },
      checks: [{ name: 'Web', target, module: 'token' }],
    },
    { credentialsToAnyTarget: true },
  );
}
