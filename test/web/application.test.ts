import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Check } from '../../src/config/check.ts';
import { createLogger } from '../../src/lib/logger.ts';
import type { Listening } from '../../src/web/server.ts';
import { makeCheck, makeConfig, takes } from '../support/checks.ts';
import { serveApplication } from '../support/web-application.ts';

let server: Listening;
let url: string;
let ready = true;
let problems: string | undefined;
const logged: string[] = [];

beforeAll(async () => {
  server = await serve([makeCheck('a', takes(0)), makeCheck('<b>&"', takes(0))]);
  url = `http://127.0.0.1:${server.address.port}`;
});
afterAll(() => server.stop(1000));

describe('/metrics', () => {
  test.each([
    ['check[]=a', ['a']],
    ['check[]=a&check[]=%3Cb%3E%26%22', ['a', '<b>&\\"']],
    ['prober[]=fake', ['a', '<b>&\\"']],
    ['', ['a', '<b>&\\"']],
  ])('with ?%s shows %j', async (query, names) => {
    const text = await (await fetch(`${url}/metrics?${query}`)).text();
    const shown = [...text.matchAll(/^probe_success\{check="(?<name>.*?)",prober/gm)].map(
      ({ groups }) => groups?.name,
    );
    expect(shown).toEqual(names);
    expect(text).toContain(`\nhealthcheck_exporter_checks_selected ${names.length}\n`);
    expect(text).toContain('\nhealthcheck_exporter_checks 2\n');
  });

  test.each(['check[]=nobody', 'prober[]=dns', 'check[]=__proto__', 'check=c'])(
    'with ?%s says that there is no such thing',
    async (query) => {
      const response = await fetch(`${url}/metrics?${query}`);
      expect(response.status).toBe(400);
      expect(await response.text()).toMatch(/^no such thing configured: (?:check|prober) "\w+"\n$/);
    },
  );

  test('with many names shows all of them', async () => {
    const query = Array.from({ length: 1001 }, () => 'check=a').join('&');
    const text = await (await fetch(`${url}/metrics?${query}&check[]=%3Cb%3E%26%22`)).text();
    expect(text.match(/^probe_success/gm)).toHaveLength(2);
  });

  test.each(['checks[]=a', 'check[0]=a', 'check[a][b]=a', 'Prober[]=fake'])(
    'with ?%s, which selects nothing, does not run everything',
    async (query) => {
      const response = await fetch(`${url}/metrics?${query}`);
      expect(response.status).toBe(400);
      expect(await response.text()).toMatch(
        /^unknown parameter "[^"]+", expected check\[\] or prober\[\]\n$/,
      );
    },
  );

  test('takes parameters of others, and no other method', async () => {
    expect((await fetch(`${url}/metrics?format=prometheus`)).status).toBe(200);
    const posted = await fetch(`${url}/metrics`, { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test('of one check among very many has the time of one', async () => {
    const many = Array.from({ length: 50_000 }, (_, index) => makeCheck(`c${index}`, takes(0)));
    const { address, stop } = await serve(many);
    const headers = { 'x-prometheus-scrape-timeout-seconds': '3' };
    const response = await fetch(`http://127.0.0.1:${address.port}/metrics?check[]=c7`, {
      headers,
    });
    expect(await response.text()).toMatch(
      /^probe_timeout_seconds\{check="c7",prober="fake"\} 2\.5$/m,
    );
    await stop(1000);
  });

  test('trap 7: with a deadline that is none says so', async () => {
    const headers = { 'x-prometheus-scrape-timeout-seconds': 'soon' };
    const response = await fetch(`${url}/metrics`, { headers });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('got "soon"');
  });
});

describe('operations', () => {
  test('healthy and ready answer, ready only while it is', async () => {
    expect((await fetch(`${url}/-/healthy`)).status).toBe(200);
    expect((await fetch(`${url}/-/ready`)).status).toBe(200);
    ready = false;
    expect((await fetch(`${url}/-/ready`)).status).toBe(503);
    expect((await fetch(`${url}/-/healthy`)).status).toBe(200);
    ready = true;
  });

  test('reload wants a POST and answers with the problems', async () => {
    const refused = await fetch(`${url}/-/reload`);
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST, PUT']);
    const done = await fetch(`${url}/-/reload`, { method: 'POST' });
    expect([done.status, await done.text()]).toEqual([200, '']);
    problems = 'x.yml:1:1: no';
    const failed = await fetch(`${url}/-/reload`, { method: 'POST' });
    expect([failed.status, await failed.text()]).toEqual([
      500,
      'failed to reload config: x.yml:1:1: no\n',
    ]);
    problems = undefined;
  });

  test('what is not there is a 404, a broken path a 400, both without a stack', async () => {
    const missing = await fetch(`${url}/nothing`);
    expect([missing.status, await missing.text()]).toEqual([404, 'Not found\n']);
    const broken = await fetch(`${url}/%E0%A4%A`);
    expect(broken.status).toBeOneOf([400, 404]);
    expect(await broken.text()).not.toContain('at ');
  });
});

/** The application of these checks on a port of its own. */
function serve(checks: readonly Check[]): Promise<Listening> {
  return serveApplication(makeConfig(checks), {
    isReady: () => ready,
    reload: async () => problems,
    logger: createLogger({ level: 'debug', format: 'json' }, (line) => logged.push(line)),
  });
}

describe('a route prefix', () => {
  test('stands before every path, and bare / leads to it', async () => {
    const { address, stop } = await serveApplication(makeConfig([makeCheck('a', takes(0))]), {
      routePrefix: '/health',
    });
    const at = (path: string) =>
      fetch(`http://127.0.0.1:${address.port}${path}`, { redirect: 'manual' });
    const statuses = await Promise.all(
      ['/health/metrics', '/health/-/healthy', '/health/', '/metrics', '/-/healthy'].map(
        async (path) => (await at(path)).status,
      ),
    );
    expect(statuses).toEqual([200, 200, 200, 404, 404]);
    for (const path of ['/', '/health']) {
      const response = await at(path);
      expect([response.status, response.headers.get('location')]).toEqual([302, '/health/']);
    }
    await stop(0);
  });

  test('leads from bare / to where it is reached from outside', async () => {
    const { address, stop } = await serveApplication(makeConfig([]), {
      routePrefix: '/internal',
      externalUrl: 'https://example.com/public/',
    });
    const response = await fetch(`http://127.0.0.1:${address.port}/`, { redirect: 'manual' });
    expect(response.headers.get('location')).toBe('https://example.com/public/');
    await stop(0);
  });
});
