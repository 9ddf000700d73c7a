import { request as httpRequest } from 'node:http';

import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import type { WebParts } from '../../src/web/application.ts';
import { httpServer, type TestServer, tcpServer } from '../support/servers.ts';
import { serveApplication } from '../support/web-application.ts';

const MODULES = `
modules:
  m5: {prober: http, timeout: 5s}
  m9.5: {prober: http, timeout: 9.5s}
  m10: {prober: http, timeout: 10s}
  m20: {prober: http, timeout: 20s}
  short: {prober: tcp, timeout: 300ms, tcp: {query_response: [{expect: never}]}}
  secrets:
    prober: http
    http:
      headers: {Authorization: Bearer s3cret-token, X-Api-Key: s3cret-key}
      basic_auth: {username: user, password: s3cret-password}
      body: s3cret-body
      body_size_limit: 10MB
      fail_if_body_json_matches_cel: "body.state == 'down'"
      proxy_url: http://proxy-user:s3cret@127.0.0.1:1
      proxy_connect_header: {X-Key: [s3cret]}
      fail_if_body_matches_regexp: ["s[e]cret"]
  oauth2:
    prober: http
    http:
      oauth2: {client_id: me, client_secret: s3cret, token_url: "http://u:s3cret@localhost/", endpoint_params: {a: s3cret}}
  metadata: {prober: grpc, grpc: {metadata: {authorization: [s3cret]}}}
  host: {prober: http, http: {headers: {Host: one.example}}}
  tls: {prober: tcp, tcp: {tls: true}}
  tls_named: {prober: tcp, tcp: {tls: true, tls_config: {server_name: own.example}}}
  smtp: {prober: tcp, tcp: {query_response: [{send: "AUTH PLAIN s3cret"}]}}
  own_memory: {prober: memory}
`;

describe('/probe', () => {
  // Module timeout, scrape timeout, offset, and the T that applies: blackbox_exporter's own table.
  test.each([
    ['http_2xx', '15', 0.5, 14.5],
    ['http_2xx', '15', 0, 15],
    ['m20', '15', 0.5, 14.5],
    ['m20', '15', 0, 15],
    ['m5', '15', 0, 5],
    ['m5', '15', 0.5, 5],
    ['m10', undefined, 0.5, 10],
    ['m10', '10', 0.5, 9.5],
    ['m9.5', undefined, 1, 9.5],
    ['m9.5', '10', 1, 9],
    ['http_2xx', undefined, 0.5, 119.5],
    ['http_2xx', undefined, 0, 120],
  ])(
    'of %s with a scrape timeout of %s and an offset of %d gives it %d s',
    async (module, scrape, offset, t) => {
      const target = await answering(200);
      const { get } = await serve({ timeoutOffsetSeconds: offset });
      const { samples } = await get({ module, target }, scrape);
      expect(samples.probe_timeout_seconds).toBe(t);
    },
  );

  test.each(['0.5', '1', '0.3'])(
    'trap 2: with a scrape timeout of %s, not more than twice the offset, is given half of it',
    async (scrape) => {
      const target = await answering(200);
      const { get } = await serve();
      const { samples } = await get({ target }, scrape);
      expect(samples).toMatchObject({
        probe_success: 1,
        probe_timeout_seconds: Number(scrape) / 2,
      });
    },
  );

  test.each(['0', '-1', 'NaN', 'Inf', '1e309', '5, 5', 'five', '5s'])(
    'trap 7: refuses the scrape timeout "%s" with a sentence',
    async (scrape) => {
      const { get } = await serve();
      const { status, text } = await get({ target: 'localhost' }, scrape);
      expect([status, text]).toEqual([
        400,
        `x-prometheus-scrape-timeout-seconds: expected one number of seconds, at least 0.01, got "${scrape}"\n`,
      ]);
    },
  );

  test('trap 7: refuses a scrape timeout that is there twice', async () => {
    const { url } = await serve();
    const status = await new Promise((resolve, reject) => {
      const headers = { 'X-Prometheus-Scrape-Timeout-Seconds': ['5', '6'] };
      const request = httpRequest(`${url}/probe?target=localhost`, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject).end();
    });
    expect(status).toBe(400);
  });

  test('takes the module http_2xx where none is named', async () => {
    const { get } = await serve();
    const { samples, contentType } = await get({ target: await answering(200) });
    expect(samples).toMatchObject({ probe_success: 1, probe_http_status_code: 200 });
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  test('answers 200 for a target that is down, and says why', async () => {
    const { get } = await serve();
    const { status, samples, series } = await get({ target: '127.0.0.1:1' });
    expect([status, samples.probe_success]).toEqual([200, 0]);
    expect(series).toContain('probe_failure_info{reason="refused"}');
    expect(samples).toMatchObject({
      probe_http_status_code: 0,
      probe_http_ssl: 0,
      probe_ip_protocol: 4,
    });
  });

  test('never offers OpenMetrics, shows nothing of the exporter itself, and sorts its families', async () => {
    const { get } = await serve();
    const { contentType, text } = await get({ target: await answering(200) }, undefined, {
      accept: 'application/openmetrics-text;version=1.0.0',
    });
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    const names = [...text.matchAll(/^# TYPE (\S+) gauge$/gm)].map(([, name]) => name);
    expect(names).toEqual([...names].sort());
    expect(names.filter((name) => !name?.startsWith('probe_'))).toEqual([]);
    expect(text).not.toMatch(/check=|prober=|target=/);
  });

  test.each([
    [{ target: 'x', module: 'nope' }, 400, 'Unknown module "nope"\n'],
    [{ module: 'http_2xx' }, 400, 'Target parameter is missing\n'],
    [{ target: '' }, 400, 'Target parameter is missing\n'],
    [{ target: 'localhost', module: 'tcp_connect' }, 400, 'target "localhost" is not host:port'],
    [{ target: 'localhost:0', module: 'tcp_connect' }, 400, 'target "localhost:0" has a bad port'],
    [{ target: 'ftp://localhost' }, 400, 'target "ftp://localhost" has the scheme ftp'],
    [
      { target: 'localhost', module: 'host', hostname: 'two.example' },
      400,
      'hostname "two.example" differs',
    ],
    [{ target: 'localhost', hostname: 'a\r\nb' }, 400, 'hostname "a\\r\\nb" has a line break'],
    [
      { target: 'localhost:1', module: 'tls', hostname: 'a\0b' },
      400,
      'hostname "a\\u0000b" is no host name',
    ],
  ])('of %j is refused: %d %s', async (query, status, text) => {
    const { get } = await serve();
    const answer = await get(query);
    expect([answer.status, answer.text.slice(0, text.length)]).toEqual([status, text]);
  });

  test('trap 20: counts modules that do not exist, without their names', async () => {
    const { get, url } = await serve();
    await get({ target: 'x', module: 'nope' });
    const own = await (await fetch(`${url}/metrics`)).text();
    expect(own).toMatch(/^healthcheck_exporter_module_unknown_total 1$/m);
    expect(own).not.toMatch(/^probe_success/m);
  });

  test('trap 20: keeps no series of the targets it was asked for', async () => {
    const { get, url } = await serve();
    for (let port = 1; port <= 20; port++) await get({ target: `127.0.0.1:${port}` });
    const own = await (await fetch(`${url}/metrics`)).text();
    expect(own).not.toContain('127.0.0.1');
    expect(own).not.toMatch(/^probe_/m);
  });

  test.each(['GET', 'POST', 'PUT'])('takes the method %s', async (method) => {
    const { url } = await serve();
    const target = await answering(200);
    expect((await fetch(`${url}/probe?target=${target}`, { method })).status).toBe(200);
  });

  // What stands in the query, and the path and query that reach the target.
  test.each([
    ['/plain', '/plain'],
    ['/a%2Bb', '/a+b'],
    ['/a+b', '/a%20b'],
    ['/a%252Bb', '/a%2Bb'],
    ['/%253A', '/%3A'],
    ['/?q=a%26b=c', '/?q=a&b=c'],
    ['/?q=a&b=c', '/?q=a'],
    ['/%C3%A4', '/%C3%A4'],
  ])('trap 37: decodes the target %s once', async (given, arrived) => {
    const asked: (string | undefined)[] = [];
    const server = await httpServer((request, response) => {
      asked.push(request.url);
      response.end();
    });
    const { url } = await serve();
    await fetch(`${url}/probe?target=127.0.0.1:${server.port}${given}&target=ignored`);
    expect(asked).toEqual([arrived]);
  });

  test('sends hostname as the Host header', async () => {
    const hosts: (string | undefined)[] = [];
    const server = await httpServer((request, response) => {
      hosts.push(request.headers.host);
      response.end();
    });
    const { get } = await serve();
    const target = `127.0.0.1:${server.port}`;
    await get({ target, hostname: 'one.example' });
    await get({ target, module: 'host', hostname: 'one.example' });
    await get({ target });
    expect(hosts).toEqual(['one.example', 'one.example', target]);
  });

  test('asks TLS for hostname where a tcp module has no name of its own', async () => {
    const { get } = await serve();
    const target = '127.0.0.1:1';
    const named = await get({ target, module: 'tls', hostname: 'one.example', debug: 'true' });
    expect(named.text).toMatch(/server_name: one\.example/);
    const own = await get({ target, module: 'tls_named', hostname: 'one.example', debug: 'true' });
    expect(own.text).toMatch(/server_name: own\.example/);
  });

  test('trap 5: ends the probe when the client hangs up, and keeps no record of it', async () => {
    const silent = await tcpServer();
    const { url } = await serve();
    const waiting = httpRequest(`${url}/probe?module=m20&target=127.0.0.1:${silent.port}`);
    waiting.on('error', () => {});
    waiting.end();
    while (silent.sockets.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    waiting.destroy();
    await silent.emptied();
    expect((await fetch(`${url}/logs?target=127.0.0.1:${silent.port}`)).status).toBe(404);
  });

  test('of a host prober needs no target', async () => {
    const { get } = await serve();
    const { samples } = await get({ module: 'own_memory' });
    expect(samples.probe_success).toBe(1);
  });

  test('prefers IPv6 where the module does not say, as blackbox_exporter does', async () => {
    const { get } = await serve();
    const { text } = await get({ target: '127.0.0.1:1', module: 'm5', debug: 'true' });
    expect(text).toMatch(/preferred_ip_protocol: ip6/);
  });
});

describe('debug output', () => {
  test('shows log, metrics and module', async () => {
    const target = await answering(404);
    const { get } = await serve();
    const { status, text, contentType } = await get({ target, debug: 'true' });
    expect([status, contentType]).toEqual([200, 'text/plain; charset=utf-8']);
    const [log = '', metrics = '', module = ''] = text.split('\n\n\n');
    expect(log).toMatch(
      /^Logs for the probe:\ntime=.* msg="Beginning probe" module=http_2xx target=/,
    );
    expect(log).toMatch(
      /level=error msg="Probe failed" .* reason=status message="status 404, expected 2xx"$/,
    );
    expect(metrics).toMatch(/^Metrics that would have been returned:\n# HELP /);
    expect(metrics).toMatch(/^probe_http_status_code 404$/m);
    expect(module).toMatch(/^Module configuration:\nprober: http\nhttp:\n/);
  });

  test('shows no secret, but how the module is made', async () => {
    const { get, url } = await serve();
    const target = `http://user:s3cret@127.0.0.1:1/?token=s3cret`;
    const { text } = await get({ target, module: 'secrets', debug: 'true' });
    expect(text).toMatch(/body_size_limit: 10MB/);
    expect(text).toMatch(/- s\[e\]cret/);
    expect(text).toMatch(/Authorization: <secret>/);
    expect(text).toMatch(/fail_if_body_json_matches_cel: body\.state == 'down'/);
    const spoken = await get({ target: '127.0.0.1:1', module: 'smtp', debug: 'true' });
    const config = await (await fetch(`${url}/config`)).text();
    const logs = await (await fetch(`${url}/logs?id=1`)).text();
    for (const shown of [text, spoken.text, config, logs]) expect(shown).not.toMatch(/s3cret/);
  });

  test.each([
    "http://u:pa'ss-s3cret@127.0.0.1:1/",
    's3cret@127.0.0.1:1',
    'http://u:s3 cret@127.0.0.1:1',
  ])('shows no credentials of the target %s, anywhere', async (target) => {
    const { get, url } = await serve();
    const shown = [
      (await get({ target, debug: 'true' })).text,
      await (await fetch(`${url}/logs?${new URLSearchParams({ target })}`)).text(),
      await (await fetch(`${url}/`)).text(),
      (await get({ target: `${target}:bad:port` })).text,
    ];
    expect(shown[1]).toMatch(/^Logs for the probe:/);
    for (const text of shown) expect(text).not.toMatch(/s3 ?cret/);
  });

  test.each(['1', 'True', 'false', ''])('is not shown for debug=%s', async (debug) => {
    const { get } = await serve();
    const { contentType } = await get({ target: '127.0.0.1:1', debug });
    expect(contentType).toMatch(/version=0\.0\.4/);
  });
});

describe('/logs', () => {
  test.each([
    ['id=1&target=x', 400, "Probe id and target can't be defined at the same time\n"],
    ['', 400, 'Probe id or target must be defined as http query parameters\n'],
    [
      'module=http_2xx',
      400,
      'Probe module filter only works in conjunction with target parameter\n',
    ],
    ['id=99', 404, 'Probe id not found\n'],
    ['id=x', 400, 'Probe id is no number: "x"\n'],
    ['target=nobody', 404, 'Probe target not found\n'],
    ['check=nobody', 404, 'Probe check not found\n'],
  ])('?%s is %d %s', async (query, status, text) => {
    const { url } = await serve();
    const response = await fetch(`${url}/logs?${query}`);
    expect([response.status, await response.text()]).toEqual([status, text]);
  });

  test('of a target are those of its newest probe, of a module where one is named', async () => {
    const { get, url } = await serve();
    const target = '127.0.0.1:1';
    const logs = async (query: string) =>
      /module=(?<module>\S+)/.exec(await (await fetch(`${url}/logs?${query}`)).text())?.groups
        ?.module;
    await get({ target });
    await get({ target, module: 'm5' });
    expect(await logs(`target=${target}`)).toBe('m5');
    expect(await logs(`target=${target}&module=http_2xx`)).toBe('http_2xx');
    expect(await logs('id=1')).toBe('http_2xx');
  });
});

describe('/config', () => {
  test('is YAML that loads again, with every module that can be named', async () => {
    const { url } = await serve();
    const text = await (await fetch(`${url}/config`)).text();
    const again = parseConfig({ file: 'again.yml', text });
    expect([...again.modules.keys()]).toEqual(expect.arrayContaining(['http_2xx', 'm9.5', 'tls']));
    expect(again.modules.get('m9.5')?.timeoutSeconds).toBe(9.5);
  });
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly contentType: string | null;
  /** By name, of series without labels. */
  readonly samples: Readonly<Record<string, number>>;
  readonly series: readonly string[];
}

type Get = (
  query: Record<string, string>,
  scrapeTimeout?: string,
  headers?: Record<string, string>,
) => Promise<Answer>;

let config: ReturnType<typeof parseConfig>;
beforeAll(() => {
  config = parseConfig({ file: 'modules.yml', text: MODULES });
});

async function serve(overrides: Partial<WebParts> = {}): Promise<{ url: string; get: Get }> {
  const server = await serveApplication(config, overrides);
  onTestFinished(() => server.stop(0));
  const url = `http://127.0.0.1:${server.address.port}`;
  const get: Get = async (query, scrapeTimeout, more = {}) => {
    const headers = {
      ...more,
      ...(scrapeTimeout !== undefined && { 'x-prometheus-scrape-timeout-seconds': scrapeTimeout }),
    };
    const response = await fetch(`${url}/probe?${new URLSearchParams(query)}`, { headers });
    const text = await response.text();
    const lines = text.split('\n').filter((line) => /^probe_/.test(line));
    return {
      status: response.status,
      text,
      contentType: response.headers.get('content-type'),
      samples: Object.fromEntries(
        lines
          .filter((line) => !line.includes('{'))
          .map((line) => line.split(' '))
          .map(([name, value]) => [name, Number(value)]),
      ),
      series: lines.map((line) => line.slice(0, line.lastIndexOf(' '))),
    };
  };
  return { url, get };
}

async function answering(status: number): Promise<string> {
  const server: TestServer = await httpServer((_request, response) => {
    response.statusCode = status;
    response.end();
  });
  return `127.0.0.1:${server.port}`;
}
