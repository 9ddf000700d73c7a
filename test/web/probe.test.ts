import { request as httpRequest } from 'node:http';
import { describe, expect, test } from 'vitest';
import { answering, serveModules } from '../support/probe-modules.ts';
import { httpServer, tcpServer } from '../support/servers.ts';

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
      const { get } = await serveModules({ timeoutOffsetSeconds: offset });
      const { samples } = await get({ module, target }, scrape);
      expect(samples.probe_timeout_seconds).toBe(t);
    },
  );

  test.each(['0.5', '1', '0.3'])(
    'trap 2: with a scrape timeout of %s, not more than twice the offset, is given half of it',
    async (scrape) => {
      const target = await answering(200);
      const { get } = await serveModules();
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
      const { get } = await serveModules();
      const { status, text } = await get({ target: 'localhost' }, scrape);
      expect([status, text]).toEqual([
        400,
        `x-prometheus-scrape-timeout-seconds: expected one number of seconds, at least 0.01, got "${scrape}"\n`,
      ]);
    },
  );

  test('trap 7: refuses a scrape timeout that is there twice', async () => {
    const { url } = await serveModules();
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
    const { get } = await serveModules();
    const { samples, contentType } = await get({ target: await answering(200) });
    expect(samples).toMatchObject({ probe_success: 1, probe_http_status_code: 200 });
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  test('answers 200 for a target that is down, and says why', async () => {
    const { get } = await serveModules();
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
    const { get } = await serveModules();
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
    [{ target: 'localhost', module: 'tcp_connect' }, 400, 'target "localhost" has no port'],
    [{ target: 'localhost:0', module: 'tcp_connect' }, 400, 'target "localhost:0" has a bad port'],
    [{ target: 'ftp://localhost' }, 400, 'target "ftp://localhost" has the scheme ftp'],
    [
      { target: 'localhost', module: 'host', hostname: 'two.example' },
      400,
      'hostname "two.example" differs',
    ],
    [{ target: 'localhost', hostname: ' a' }, 400, 'hostname " a" is no host name'],
    [{ target: 'localhost', hostname: 'a\r\nb' }, 400, 'hostname "a\\r\\nb" has a line break'],
    [
      { target: 'localhost:1', module: 'tls', hostname: 'a\0b' },
      400,
      'hostname "a\\u0000b" is no host name',
    ],
  ])('of %j is refused: %d %s', async (query, status, text) => {
    const { get } = await serveModules();
    const answer = await get(query);
    expect([answer.status, answer.text.slice(0, text.length)]).toEqual([status, text]);
  });

  test('trap 20: counts modules that do not exist, without their names', async () => {
    const { get, url } = await serveModules();
    await get({ target: 'x', module: 'nope' });
    const own = await (await fetch(`${url}/metrics`)).text();
    expect(own).toMatch(/^healthcheck_exporter_module_unknown_total 1$/m);
    expect(own).not.toMatch(/^probe_success/m);
  });

  test('trap 20: keeps no series of the targets it was asked for', async () => {
    const { get, url } = await serveModules();
    for (let port = 1; port <= 20; port++) await get({ target: `127.0.0.1:${port}` });
    const own = await (await fetch(`${url}/metrics`)).text();
    expect(own).not.toContain('127.0.0.1');
    expect(own).not.toMatch(/^probe_/m);
  });

  test.each(['GET', 'POST', 'PUT'])('takes the method %s', async (method) => {
    const { url } = await serveModules();
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
    const { url } = await serveModules();
    await fetch(`${url}/probe?target=127.0.0.1:${server.port}${given}&target=ignored`);
    expect(asked).toEqual([arrived]);
  });

  test('sends hostname as the Host header', async () => {
    const hosts: (string | undefined)[] = [];
    const server = await httpServer((request, response) => {
      hosts.push(request.headers.host);
      response.end();
    });
    const { get } = await serveModules();
    const target = `127.0.0.1:${server.port}`;
    await get({ target, hostname: 'one.example' });
    await get({ target, module: 'host', hostname: 'one.example' });
    await get({ target });
    expect(hosts).toEqual(['one.example', 'one.example', target]);
  });

  test('asks TLS for hostname where a tcp module has no name of its own', async () => {
    const { get } = await serveModules();
    const target = '127.0.0.1:1';
    const named = await get({ target, module: 'tls', hostname: 'one.example', debug: 'true' });
    expect(named.text).toMatch(/server_name: one\.example/);
    const own = await get({ target, module: 'tls_named', hostname: 'one.example', debug: 'true' });
    expect(own.text).toMatch(/server_name: own\.example/);
  });

  test('trap 5: ends the probe when the client hangs up, and keeps no record of it', async () => {
    const silent = await tcpServer();
    const { url } = await serveModules();
    const waiting = httpRequest(`${url}/probe?module=m20&target=127.0.0.1:${silent.port}`);
    waiting.on('error', () => {});
    waiting.end();
    while (silent.sockets.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    waiting.destroy();
    await silent.emptied();
    expect((await fetch(`${url}/logs?target=127.0.0.1:${silent.port}`)).status).toBe(404);
  });

  test('of a host prober needs no target', async () => {
    const { get } = await serveModules();
    const { samples } = await get({ module: 'own_memory' });
    expect(samples.probe_success).toBe(1);
  });

  test('prefers IPv6 where the module does not say, as blackbox_exporter does', async () => {
    const { get } = await serveModules();
    const { text } = await get({ target: '127.0.0.1:1', module: 'm5', debug: 'true' });
    expect(text).toMatch(/preferred_ip_protocol: ip6/);
  });
});
