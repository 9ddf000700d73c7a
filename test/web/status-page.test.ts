import { request as httpRequest } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import type { Check } from '../../src/config/check.ts';
import { ProbeFailure } from '../../src/probers/failure.ts';
import type { WebParts } from '../../src/web/application.ts';
import { STYLE } from '../../src/web/status/page/style.ts';
import { makeCheck, makeConfig, takes } from '../support/checks.ts';
import { serveApplication } from '../support/web-application.ts';

const fails = async () => {
  throw new ProbeFailure('refused', 'connection refused');
};

async function serve(checks: readonly Check[], overrides: Partial<WebParts> = {}) {
  const { address, stop, apply } = await serveApplication(makeConfig(checks), overrides);
  onTestFinished(() => stop(0));
  const url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    apply,
    scrape: async () => void (await (await fetch(`${url}/metrics`)).text()),
    page: async (query = '') => (await fetch(`${url}/${query}`)).text(),
  };
}

/** The names in the order in which they are shown. */
function namesOn(page: string): string[] {
  return [...page.matchAll(/<th scope="row"><bdi>(?<name>.*?)<\/bdi>/g)].map(
    ({ groups }) => groups?.name ?? '',
  );
}

test('the page needs nothing from elsewhere, and allows nothing', async () => {
  const { url } = await serve([makeCheck('a', takes(0))]);
  const { headers } = await fetch(`${url}/`);
  expect(headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
  );
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('refresh')).toBeNull();
  expect(headers.get('content-encoding')).toBe('gzip');
  expect(String(STYLE)).not.toMatch(/url\(|@import|[&]/);
});

test('the page escapes what the client says of itself', async () => {
  const { url } = await serve([makeCheck('<b>&"', takes(0))]);
  const host = '"><script>alert(1)</script>\'; rm -r *';
  const page = await new Promise<string>((resolve, reject) => {
    httpRequest(url, { headers: { host } }, (response) => resolve(readText(response)))
      .on('error', reject)
      .end();
  });
  expect(namesOn(page)).toEqual(['&lt;b&gt;&amp;&quot;']);
  expect(page).toContain('<small>&lt;1&gt;</small>');
  expect(page).not.toContain('<script>');
  // What is copied into a shell is one argument of curl.
  expect(page).toContain(
    'curl &#39;http://&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;\\&#39;&#39;; rm',
  );
});

test.each(['status=skipped&'.repeat(500), `label=${'x'.repeat(8000)}:`])(
  'a long address makes the page no longer than a short one: %.20s…',
  async (query) => {
    const labels = { team: 'web', level: 'a', zone: 'b' };
    const checks = Array.from({ length: 50 }, (_, index) =>
      makeCheck(`check ${index}`, takes(0), { labels }),
    );
    const { page } = await serve(checks);
    const short = await page('?status=skipped');
    const long = await page(`?${query}`);
    expect(namesOn(long)).toEqual(namesOn(short));
    // It stands in the form and some times above the table, and not in each of 150 links.
    expect(long.length).toBeLessThan(short.length + 10 * query.length);
    if (query.startsWith('label')) expect(long).toContain('href="?label=team%3Aweb"');
  },
);

test('failing checks come first, then the skipped ones', async () => {
  const never = makeCheck('never', takes(Infinity));
  const { page, url } = await serve([makeCheck('good', takes(0)), never, makeCheck('bad', fails)]);
  await (await fetch(`${url}/metrics?check=good&check=bad`)).text();
  const text = await page();
  expect(namesOn(text)).toEqual(['bad', 'never', 'good']);
  expect(text).toContain('<strong>refused</strong>: <bdi>connection refused</bdi>');
  expect(text).toContain('not executed yet');
  expect(text).toContain('executed 2 checks, skipped 0');
  expect(text).not.toContain('No scrape has come yet');
  expect(text).toContain('<summary>Prometheus job for this exporter</summary>');
});

test.each([
  ['?status=failing', ['bad']],
  ['?status=failing&status=healthy', ['bad', 'good', 'ugly']],
  ['?name=G', ['good', 'ugly']],
  ['?label=team:web', ['bad', 'good']],
  ['?label=team:web&label=tier:1', ['good']],
  ['?prober=&name=&label=&refresh=', ['bad', 'good', 'ugly']],
  ['?name=nobody', []],
])('%s shows %j', async (query, names) => {
  const { page, scrape } = await serve([
    makeCheck('good', takes(0), { labels: { team: 'web', tier: '1' } }),
    makeCheck('ugly', takes(0)),
    makeCheck('bad', fails, { labels: { team: 'web' } }),
  ]);
  await scrape();
  const text = await page(query);
  expect(namesOn(text)).toEqual(names);
  if (names.length < 3) expect(text).toContain(`Showing ${names.length} of 3 checks.`);
});

test.each([
  ['?status=broken', 'unknown status "broken", expected one of healthy, failing, skipped'],
  [
    '?sort=name',
    'unknown parameter "sort", expected one of status, name, label, prober, page, refresh',
  ],
  [
    '?refesh=5s',
    'unknown parameter "refesh", expected one of status, name, label, prober, page, refresh (did you mean "refresh"?)',
  ],
  ['?page=0', 'page: expected a whole number from 1 on, got "0"'],
  ['?refresh=1s', 'refresh: expected one of 5s, 15s, 30s, 1m, 5m, got "1s"'],
])('%s is answered with a sentence', async (query, sentence) => {
  const { url } = await serve([]);
  const response = await fetch(`${url}/${query}`);
  expect([response.status, await response.text()]).toEqual([400, `${sentence}\n`]);
});

test('what was asked for stays asked for in every link', async () => {
  const labels = { team: 'web & "co"' };
  const { url, page } = await serve([makeCheck('a', takes(0), { labels })]);
  const query = '?name=a&refresh=30s';
  expect((await fetch(`${url}/${query}`)).headers.get('refresh')).toBe('30');
  const text = await page(query);
  expect(text).toContain('href="?name=a&amp;label=team%3Aweb+%26+%22co%22&amp;refresh=30s"');
  expect(text).toContain('href="?refresh=30s">Clear the filter</a>');
  expect(text).toContain('href="api/v1/checks?name=a">the same as JSON</a>');
});

test('more than a thousand checks stand on several pages, and a page too far is the last', async () => {
  const checks = Array.from({ length: 2001 }, (_, index) => makeCheck(`c${index}`, takes(0)));
  const { page } = await serve(checks);
  const names = await Promise.all(
    ['', '?page=2', '?page=999'].map(async (q) => namesOn(await page(q))),
  );
  expect(names.map(({ length, 0: first }) => [length, first])).toEqual([
    [1000, 'c0'],
    [1000, 'c1000'],
    [1, 'c2000'],
  ]);
  const second = await page('?page=2&name=c');
  expect(second).toContain('Showing 2,001 of 2,001 checks. Page 2 of 3.');
  expect(second).toContain('href="?name=c&amp;page=3">3</a>');
});

test('without any checks the page says so, and how to have some', async () => {
  const { page, apply, scrape } = await serve([makeCheck('a', takes(0))]);
  await scrape();
  expect(namesOn(await page())).toEqual(['a']);
  apply(makeConfig([]));
  const text = await page();
  expect(text).toContain('No checks are configured');
  expect(text).not.toContain('<table class="checks">');
  expect(text).toContain('<form method="get" action="probe"');
});

test('a check that was removed by a reload is gone, and one of the same name keeps its past', async () => {
  const { page, apply, scrape } = await serve([makeCheck('a', takes(0)), makeCheck('b', takes(0))]);
  await scrape();
  apply(makeConfig([makeCheck('b', fails)]));
  await scrape();
  const text = await page();
  expect(namesOn(text)).toEqual(['b']);
  expect(text).toContain('<title>last 2 runs: 1 failed');
});

test('the links are relative, and the address without its slash leads to the one with it', async () => {
  const { url } = await serve([], { routePrefix: '/health' });
  const response = await fetch(`${url}/health?status=failing`, { redirect: 'manual' });
  expect(response.headers.get('location')).toBe('/health/?status=failing');
  const text = await (await fetch(`${url}/health/`)).text();
  const links = [...text.matchAll(/(?:href|action)="(?<link>[^"]*)"/g)].map(
    ({ groups }) => groups?.link,
  );
  expect(links).toEqual(
    expect.arrayContaining(['metrics', 'api/v1/checks', 'config', 'sd', 'probe']),
  );
  expect(links.filter((link) => link?.startsWith('/'))).toEqual([]);
  expect(text).toContain('metrics_path: /health/metrics');
});
