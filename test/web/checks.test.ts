import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/check.ts';
import { parseConfig } from '../../src/config/parse.ts';
import type { WebParts } from '../../src/web/application.ts';
import type { CheckReport, CheckResult } from '../../src/web/status/check-report.ts';
import { makeCheck, makeConfig, takes } from '../support/checks.ts';
import { differencesFromSchema } from '../support/checks-schema.ts';
import { parseExposition } from '../support/exposition.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { httpGet } from '../support/http-get.ts';
import { tcpServer } from '../support/servers.ts';
import { serveApplication } from '../support/web-application.ts';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The first is healthy, the second fails. */
const TWO_CHECKS = `checks:
  - {name: Memory, prober: memory}
  - {name: Site, target: "http://me:s3cret@127.0.0.1:1/", module: http_2xx, labels: {team: web}}
`;

describe('/api/v1/checks', () => {
  test('before the first scrape knows nothing, and probes nothing', async () => {
    const target = await tcpServer();
    const { report } = await serve(
      config(`checks: [{name: Port, target: "127.0.0.1:${target.port}", prober: tcp}]`),
    );
    expect(await report()).toEqual({
      timestamp: expect.stringMatching(ISO),
      summary: { total: 1, healthy: 0, failing: 0, skipped: 1 },
      scrape: null,
      checks: [
        {
          name: 'Port',
          target: `127.0.0.1:${target.port}`,
          prober: 'tcp',
          module: null,
          labels: {},
          status: 'skipped',
          reason: null,
          message: null,
          duration_seconds: null,
          timestamp: null,
          since: null,
          log: null,
          history: { runs: 0, failures: 0, recent: [] },
        },
      ],
    });
    expect(target.sockets).toEqual([]);
  });

  test('says of each check what its runs have found', async () => {
    const { report, scrape } = await serve(config(TWO_CHECKS));
    await scrape();
    await scrape();
    const { summary, checks, scrape: last } = await report();
    expect(summary).toEqual({ total: 2, healthy: 1, failing: 1, skipped: 0 });
    expect(last).toEqual({
      timestamp: expect.stringMatching(ISO),
      duration_seconds: expect.any(Number),
      executed: 2,
      skipped: 0,
    });
    expect(checks[0]).toMatchObject({ name: 'Memory', status: 'healthy', reason: null });
    const { history, ...site } = checks[1] as CheckResult;
    expect(site).toEqual({
      name: 'Site',
      target: 'http://<secret>@127.0.0.1:1/',
      prober: 'http',
      module: 'http_2xx',
      labels: { team: 'web' },
      status: 'failing',
      reason: 'refused',
      message: 'connection refused by 127.0.0.1:1',
      duration_seconds: history.recent[1]?.duration_seconds,
      timestamp: history.recent[1]?.timestamp,
      since: history.recent[0]?.timestamp,
      log: expect.stringMatching(/^logs\?id=\d+$/),
    });
    const run = {
      timestamp: expect.stringMatching(ISO),
      duration_seconds: expect.any(Number),
      success: false,
      reason: 'refused',
    };
    expect(history).toEqual({ runs: 2, failures: 2, recent: [run, run] });
  });

  test('leads to the log of the last run', async () => {
    const { url, report, scrape } = await serve(config(TWO_CHECKS));
    await scrape();
    const { checks } = await report();
    const log = String((await httpGet(`${url}/${checks[1]?.log}`)).body);
    expect(log).toMatch(/msg="Beginning probe" module=http_2xx check=Site /);
    expect(log).toMatch(/msg="Probe failed" .* reason=refused /);
  });

  test('says the same as /metrics, of checks that this scrape did not ask for too', async () => {
    const { report, scrape } = await serve(config(TWO_CHECKS));
    const first = await scrape('check[]=Site');
    const { summary, checks, scrape: last } = await report();
    expect(checks.map(({ status }) => status)).toEqual(['skipped', 'failing']);
    expect(first.byCheck('probe_success')).toEqual({ Site: 0 });
    expect(first.value('probe_failure_info', { reason: checks[1]?.reason ?? '' })).toBe(1);
    expect(first.byCheck('probe_duration_seconds')).toEqual({ Site: checks[1]?.duration_seconds });
    expect(first.byCheck('probe_runs_total')).toEqual({ Site: checks[1]?.history.runs });
    expect(summary).toEqual({ total: 2, healthy: 0, failing: 1, skipped: 1 });
    expect(last).toMatchObject({ executed: 1, skipped: 0 });
  });

  test('has no verdict where the last one is too old, but tells when the last run was', async () => {
    const { report, scrape } = await serve({ ...config(TWO_CHECKS), maxResultAgeSeconds: 0 });
    await scrape();
    const { summary, checks } = await report();
    expect(summary).toEqual({ total: 2, healthy: 0, failing: 0, skipped: 2 });
    const [run] = checks[1]?.history.recent ?? [];
    expect(run).toMatchObject({ success: false, reason: 'refused' });
    expect(checks[1]).toMatchObject({
      status: 'skipped',
      reason: null,
      message: null,
      since: null,
      timestamp: run?.timestamp,
      duration_seconds: run?.duration_seconds,
      log: expect.stringMatching(/^logs\?id=\d+$/),
    });
  });

  test('remembers checks over a reload, and forgets those that are gone', async () => {
    const { report, scrape, apply } = await serve(config(TWO_CHECKS));
    await scrape();
    const before = await report();
    const slower = TWO_CHECKS.replace('prober: memory', 'prober: memory, timeout: 3s');
    apply(config(slower));
    const after = await report();
    expect(after.checks).toEqual(before.checks);
    apply(config(slower.replace('Site', 'Other')));
    expect((await report()).checks.map(({ history }) => history.runs)).toEqual([1, 0]);
    apply(config(TWO_CHECKS));
    expect((await report()).checks.map(({ history }) => history.runs)).toEqual([1, 0]);
  });

  test('gives back any text as it is', async () => {
    const name = 'a "b" \\ </script> & {c} 東京 \u2028 👩‍🚀';
    const text = JSON.stringify({
      checks: [{ name, target: '127.0.0.1:1', prober: 'tcp', labels: { toString: name } }],
    });
    const { report, scrape } = await serve(config(text));
    await scrape();
    expect((await report()).checks).toMatchObject([{ name, labels: { toString: name } }]);
  });
});

describe('the filters of /api/v1/checks', () => {
  const CHECKS = `checks:
  - {name: Memory, prober: memory, labels: {team: infra, level: a}}
  - {name: Shop API, target: "127.0.0.1:1", prober: tcp, labels: {team: web, level: a}}
  - {name: Shop Page, target: "http://127.0.0.1:1/", module: http_2xx, labels: {team: "web:eu"}}
  - {name: Later, prober: cpu}
`;
  let server: Server;
  beforeAll(async () => {
    server = await start(config(CHECKS));
    await server.scrape('prober[]=memory&prober[]=tcp&prober[]=http');
  });
  afterAll(() => server.stop());

  test.each([
    ['', ['Memory', 'Shop API', 'Shop Page', 'Later']],
    ['status=&name=&label=&prober=', ['Memory', 'Shop API', 'Shop Page', 'Later']],
    ['status=failing', ['Shop API', 'Shop Page']],
    ['status=healthy&status=skipped', ['Memory', 'Later']],
    ['name=shop', ['Shop API', 'Shop Page']],
    ['name=API', ['Shop API']],
    ['name=nobody', []],
    ['label=team:web', ['Shop API']],
    ['label=team:web:eu', ['Shop Page']],
    ['label=level:a', ['Memory', 'Shop API']],
    ['label=level:a&'.repeat(100), ['Memory', 'Shop API']],
    ['label=level:a&label=team:infra', ['Memory']],
    ['label=level:', ['Shop Page', 'Later']],
    ['label=toString:&name=later', ['Later']],
    ['label=__proto__:x', []],
    ['prober=tcp&prober=http', ['Shop API', 'Shop Page']],
    ['prober=icmp', []],
    ['status=failing&name=shop&label=team:web&prober=tcp', ['Shop API']],
  ])('?%s shows %j', async (query, names) => {
    const { checks, summary } = await server.report(query);
    expect(checks.map(({ name }) => name)).toEqual(names);
    expect(summary.total).toBe(names.length);
    expect(summary.healthy + summary.failing + summary.skipped).toBe(names.length);
  });

  test.each([
    ['status=down', 'unknown status "down", expected one of healthy, failing, skipped'],
    [
      'status=healty',
      'unknown status "healty", expected one of healthy, failing, skipped (did you mean "healthy"?)',
    ],
    ['label=team', 'label: expected a name and a value as in team:web, got "team"'],
    ['label=:web', 'label: expected a name and a value as in team:web, got ":web"'],
    [
      Array.from({ length: 21 }, (_, index) => `label=l${index}:`).join('&'),
      'label: expected at most 20 of them, got 21',
    ],
    ['name=a&name=b', 'name: expected one value, got 2'],
    [
      'State=failing',
      'unknown parameter "State", expected one of status, name, label, prober (did you mean "status"?)',
    ],
    [
      'name[]=a',
      'unknown parameter "name[]", expected one of status, name, label, prober (did you mean "name"?)',
    ],
    [
      `status=${'x'.repeat(5000)}`,
      `unknown status "${'x'.repeat(60)}…", expected one of healthy, failing, skipped`,
    ],
  ])('?%s is refused with a sentence', async (query, sentence) => {
    const { status, headers, body } = await server.ask(`?${query}`);
    expect([status, headers['content-type'], String(body)]).toEqual([
      400,
      'text/plain; charset=utf-8',
      `${sentence}\n`,
    ]);
  });

  test('name the probers there are', async () => {
    const { status, body } = await server.ask('?prober=htp');
    expect(status).toBe(400);
    expect(String(body)).toMatch(
      /^unknown prober "htp", expected one of http, tcp, .* \(did you mean "http"\?\)\n$/,
    );
  });
});

describe('the answer of /api/v1/checks', () => {
  test('is JSON that nobody takes for anything else, and that nobody keeps', async () => {
    const { ask } = await serve(config(TWO_CHECKS));
    const { headers } = await ask();
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
    });
    expect(headers).not.toHaveProperty('etag');
  });

  test('is gzipped for whoever takes that', async () => {
    const { ask } = await serve(config(TWO_CHECKS));
    const { headers, body } = await ask('', { 'accept-encoding': 'gzip' });
    expect(headers['content-encoding']).toBe('gzip');
    expect(JSON.parse(String(gunzipSync(body))).checks).toHaveLength(2);
  });

  test('to HEAD is its headers alone', async () => {
    const { ask } = await serve(config(TWO_CHECKS));
    const { status, headers, body } = await ask('', {}, 'HEAD');
    expect([status, String(body)]).toEqual([200, '']);
    expect(Number(headers['content-length'])).toBeGreaterThan(100);
  });

  test('is below the prefix of all routes', async () => {
    const { url } = await serve(config(TWO_CHECKS), { routePrefix: '/health' });
    expect((await httpGet(`${url}/health/api/v1/checks`)).status).toBe(200);
    expect((await httpGet(`${url}/api/v1/checks`)).status).toBe(404);
  });

  test('is refused where as many pages as allowed are being answered', async () => {
    const { ask } = await serve(config(TWO_CHECKS), { maxRequests: 0 });
    const { status, body } = await ask();
    expect([status, String(body)]).toEqual([
      503,
      'Too many pages at once: 0 are being answered already, see --web.max-requests\n',
    ]);
  });

  test('about no checks is whole', async () => {
    const { report } = await serve(makeConfig([]));
    expect((await report()).checks).toEqual([]);
  });

  test('about many checks is whole', async () => {
    const many = Array.from({ length: 1000 }, (_, index) => makeCheck(`check ${index}`, takes(0)));
    const { report } = await serve(makeConfig(many));
    const { checks, summary } = await report();
    expect(summary.total).toBe(1000);
    expect(checks.map(({ name }) => name)).toEqual(many.map(({ name }) => name));
  });
});

function config(text: string): Config {
  return parseConfig({ file: 'checks.yml', text });
}

type Server = Awaited<ReturnType<typeof start>>;

/** Until the test is over. */
async function serve(served: Config, overrides: Partial<WebParts> = {}): Promise<Server> {
  const server = await start(served, overrides);
  await forThisTest({ [Symbol.asyncDispose]: server.stop });
  return server;
}

async function start(served: Config, overrides: Partial<WebParts> = {}) {
  const { address, stop, apply } = await serveApplication(served, overrides);
  const url = `http://127.0.0.1:${address.port}`;
  const ask = (query = '', headers: Record<string, string> = {}, method = 'GET') =>
    httpGet(`${url}/api/v1/checks${query}`, headers, { method });
  return {
    url,
    ask,
    apply,
    stop: () => stop(0),
    /** Every document that a test looks at has to be as published. */
    report: async (query = ''): Promise<CheckReport> => {
      const { status, body } = await ask(`?${query}`);
      expect(status).toBe(200);
      const document = JSON.parse(String(body));
      expect(differencesFromSchema(document)).toEqual([]);
      return document;
    },
    scrape: async (query = '') =>
      parseExposition(String((await httpGet(`${url}/metrics?${query}`)).body)),
  };
}
