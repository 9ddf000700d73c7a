import { describe, expect, test } from 'vitest';
import { recorder, urlOf } from '../support/http-peers.ts';
import { serveFile } from '../support/policy.ts';
import { httpServer, tcpServer } from '../support/servers.ts';

const tls_config = { cert_file: '/nowhere/cert.pem', key_file: '/nowhere/key.pem' };
const oauth2 = { client_id: 'me', client_secret: 'canary', token_url: 'http://127.0.0.1:1/' };

const HOLDERS: Readonly<Record<string, readonly [prober: string, options: object]>> = {
  'http.basic_auth': ['http', { basic_auth: { username: 'me', password: 'canary' } }],
  'http.authorization': ['http', { authorization: { credentials: 'canary' } }],
  'http.bearer_token': ['http', { bearer_token: 'canary' }],
  'http.bearer_token_file': ['http', { bearer_token_file: '/nowhere/token' }],
  'http.oauth2': ['http', { oauth2 }],
  'http.tls_config.key_file': ['http', { tls_config }],
  'http.headers.Authorization': ['http', { headers: { Authorization: 'canary' } }],
  'http.headers.cookie': ['http', { headers: { Accept: 'a/b', cookie: 'a=canary' } }],
  'http.headers.X-Api-Key': ['http', { headers: { 'X-Api-Key': 'canary' } }],
  'http.headers.PRIVATE-TOKEN': ['http', { headers: { 'PRIVATE-TOKEN': 'canary' } }],
  'http.headers.X-Any': ['http', { headers: { 'X-Any': 'Bearer canary' } }],
  'http.http_headers.X-Any': ['http', { http_headers: { 'X-Any': { secrets: ['canary'] } } }],
  'http.http_headers.X-File': ['http', { http_headers: { 'X-File': { files: ['/nowhere'] } } }],
  'http.http_headers.Cookie': ['http', { http_headers: { Cookie: { values: ['canary'] } } }],
  'websocket.http_config.basic_auth': [
    'websocket',
    { http_config: { basic_auth: { username: 'u' } } },
  ],
  'websocket.http_config.tls_config.key_file': ['websocket', { http_config: { tls_config } }],
  'websocket.headers.Cookie': ['websocket', { headers: { Cookie: { values: ['canary'] } } }],
  'grpc.metadata.authorization': ['grpc', { metadata: { authorization: ['canary'] } }],
  'grpc.metadata.x-any': ['grpc', { metadata: { 'x-any': ['Bearer canary'] } }],
  'grpc.tls_config.key_file': ['grpc', { tls: true, tls_config }],
  'tcp.tls_config.key_file': ['tcp', { tls: true, tls_config }],
  'dns.tls_config.key_file': ['dns', { query_name: '.', tls_config }],
};

const NONE: Readonly<Record<string, readonly [prober: string, options: object]>> = {
  'harmless headers': ['http', { headers: { Host: 'a.test', Origin: 'b', 'X-Scope-OrgID': 'c' } }],
  'empty credentials': ['http', { bearer_token: '' }],
  'a body': ['http', { method: 'POST', body: 'password=x' }],
  'a proxy with a password': [
    'http',
    { proxy_connect_header: { A: ['x'] }, proxy_url: 'http://u:p@127.0.0.1:1' },
  ],
  'an authority to trust': ['http', { tls_config: { insecure_skip_verify: true } }],
  'words that are said': ['tcp', { query_response: [{ send: 'AUTH PLAIN x' }] }],
};

function modulesOf(kinds: typeof HOLDERS) {
  const entries = Object.entries(kinds).map(([name, [prober, options]]) => [
    name,
    { prober, timeout: '1s', [prober]: options },
  ]);
  return Object.fromEntries(entries);
}

const TARGETS: Readonly<Record<string, string>> = { websocket: 'ws://127.0.0.1:1/' };
const targetOf = (kind: string) => TARGETS[kind.split('.')[0] ?? ''] ?? '127.0.0.1:1';
const modules = modulesOf(HOLDERS);
const FLAG = '--probe.credentials-to-any-target';

describe('a module that holds a credential', () => {
  test('does not go to any target that is asked for, and says which option it is', async () => {
    const peer = await tcpServer();
    const { ask } = await serveFile({ modules });
    for (const module of Object.keys(HOLDERS)) {
      const target = targetOf(module).replace(':1', `:${peer.port}`);
      const { status, text } = await ask({ module, target });
      expect([status, text]).toEqual([403, expect.stringContaining(`(${module})`)]);
      expect(text).toContain(FLAG);
      expect(text).toContain(`the module "${module}"`);
      expect(text).not.toContain('canary');
    }
    expect(peer.sockets).toHaveLength(0);
  });

  test.each<[string, object, boolean, boolean]>([
    ['is permitted by the flag', {}, true, true],
    ['goes where allow has its network', { allow: ['127.0.0.0/8'] }, false, true],
    [
      'goes where allow has its host',
      { allow: ['127.0.0.*.test', { hosts: ['127.0.0.1'] }] },
      false,
      true,
    ],
    ['goes nowhere where allow has another network', { allow: ['192.0.2.0/24'] }, false, false],
    ['does not go everywhere because everything is allowed', { allow: ['*'] }, false, false],
    ['nor because all networks are', { allow: ['0.0.0.0/0', '::/0'] }, false, false],
    ['nor because a port is', { allow: [{ ports: [1] }] }, false, false],
    ['nor because modules like it are', { allow: [{ modules: ['*'] }] }, false, false],
    ['goes nowhere that is denied, whatever the flag', { deny: ['loopback'] }, true, false],
  ])('%s', async (_sentence, probe_policy, credentialsToAnyTarget, isPermitted) => {
    const { ask } = await serveFile({ modules, probe_policy }, { credentialsToAnyTarget });
    for (const module of Object.keys(HOLDERS)) {
      const { status } = await ask({ module, target: targetOf(module) });
      expect([module, status]).toEqual([module, isPermitted ? 200 : 403]);
    }
  });

  test('goes anywhere where allow names it', async () => {
    const module = 'http.basic_auth';
    const { ask } = await serveFile({ modules, probe_policy: { allow: [{ modules: [module] }] } });
    expect((await ask({ module, target: targetOf(module) })).status).toBe(200);
  });

  test('of an allow list sees what covers everything as covering others only', async () => {
    const probe_policy = { allow: ['*', '192.0.2.0/24'] };
    const { ask } = await serveFile({ modules, probe_policy });
    const target = '127.0.0.1:1';
    expect((await ask({ module: 'http_2xx', target })).status).toBe(200);
    const { status, text } = await ask({ module: 'http.basic_auth', target });
    expect([status, text]).toEqual([403, expect.stringContaining('nothing that "allow" has')]);
  });
});

describe('with the parameter "hostname" a credential goes', () => {
  const module = 'http.basic_auth';
  const target = 'localhost:1';

  test.each<[string, object, string, number]>([
    [
      'nowhere where one entry has the target and another the name',
      ['*host', '*.test'],
      'a.test',
      403,
    ],
    ['where that entry has both', [{ hosts: ['localhost', '*.test'] }], 'a.test:8080', 200],
    ['to the name of the target', ['localhost'], 'localhost', 200],
    ['nowhere under another name', ['localhost'], 'evil.example', 403],
    ['under any name to a network', ['127.0.0.0/8', '::1'], 'evil.example', 200],
  ])('%s', async (_sentence, allow, hostname, expected) => {
    const { ask } = await serveFile({ modules, probe_policy: { allow } });
    const { status } = await ask({ module, target, hostname });
    expect(status).toBe(expected);
  });

  test('or says which name is missing where', async () => {
    const { ask } = await serveFile({ modules, probe_policy: { allow: ['localhost'] } });
    const { text } = await ask({ module, target, hostname: 'evil.example' });
    expect(text).toBe(
      'the module "http.basic_auth" holds a credential (http.basic_auth), which would go to whoever has the name ' +
        `that "hostname" gives: list that host in probe_policy.allow too, or start the exporter with ${FLAG}\n`,
    );
  });
});

test('a module without credentials goes to any target', async () => {
  const { ask } = await serveFile({ modules: modulesOf(NONE) });
  for (const module of Object.keys(NONE)) {
    expect([module, (await ask({ module, target: '127.0.0.1:1' })).status]).toEqual([module, 200]);
  }
});

test('credentials of the target itself are those of who asks', async () => {
  const { server, requests } = await recorder();
  const { ask } = await serveFile({ modules: {} });
  const target = urlOf(server).replace('//', '//me:mine@');
  expect((await ask({ module: 'http_2xx', target })).success).toBe(true);
  expect(requests[0]?.headers.authorization).toMatch(/^Basic /);
});

test('a redirect out of the allow list is not followed with credentials, nor without', async () => {
  const { server: stranger, requests } = await recorder();
  const server = await httpServer((_request, response) =>
    response.writeHead(302, { location: urlOf(stranger) }).end(),
  );
  const probe_policy = { allow: [{ networks: ['127.0.0.1'], ports: [server.port] }] };
  const { ask } = await serveFile({ modules, probe_policy });
  const { status, reason } = await ask({ module: 'http.bearer_token', target: urlOf(server) });
  expect([status, reason]).toEqual([200, 'policy']);
  expect(requests).toEqual([]);
});
