import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import type { WebParts } from '../../src/web/application.ts';
import { eventually } from '../support/eventually.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { httpGet } from '../support/http-get.ts';
import { tcpServer } from '../support/servers.ts';
import { serveApplication } from '../support/web-application.ts';

describe('requests of /probe', () => {
  test('are refused with 503 where there are too many, and nobody else is', async () => {
    const { url, ask, begin, silent } = await serve({ maxProbes: 2, maxRequests: 1 });
    const leave = new AbortController();
    const waiting = [begin(leave.signal), begin(leave.signal)];
    await eventually(() => expect(silent.sockets).toHaveLength(2));
    const refused = await ask('/probe?module=silent&target=x');
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(String(refused.body)).toBe(
      'Too many probes at once: 2 are being answered already, see --web.max-probes\n',
    );
    for (const path of [
      '/-/healthy',
      '/-/ready',
      '/metrics',
      '/config',
      '/sd',
      '/api/v1/checks',
      '/',
    ]) {
      expect([path, (await ask(path)).status]).toEqual([path, 200]);
    }
    expect(String((await ask('/metrics')).body)).toContain(
      '\nhealthcheck_exporter_http_requests_refused_total{cause="max_probes"} 1\n',
    );
    // Who leaves makes room.
    leave.abort();
    await Promise.allSettled(waiting);
    await silent.emptied();
    await eventually(async () => {
      const { status } = await httpGet(`${url}/probe?module=none&target=x`);
      expect(status).toBe(400);
    });
  });

  test('are given up when the process is about to end, and nothing is said of their target', async () => {
    const lastCall = new AbortController();
    const { begin, silent, ask } = await serve({ lastCall: lastCall.signal });
    const waiting = begin();
    await eventually(() => expect(silent.sockets).toHaveLength(1));
    lastCall.abort();
    const { status, body } = await waiting;
    expect([status, String(body)]).toEqual([
      503,
      'The exporter is shutting down, the probe was given up\n',
    ]);
    expect((await ask('/logs?id=1')).status).toBe(404);
    expect((await begin()).status).toBe(503);
  });
});

test.each([
  ...['/metrics', '/sd', '/config', '/logs', '/'],
  ...['/api/v1/checks', '/-/healthy', '/-/ready'],
])('%s answers other methods with 405, and says which it has', async (path) => {
  const { ask } = await serve({});
  for (const method of ['POST', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND']) {
    const response = await ask(path, method);
    expect([method, response.status, response.headers.allow]).toEqual([method, 405, 'GET, HEAD']);
  }
  expect((await ask(path, 'HEAD')).status).toBeOneOf([200, 400]);
});

/** An application with a module that waits for its timeout, for a peer that says nothing. */
async function serve(overrides: Partial<WebParts>) {
  const silent = await tcpServer();
  const config = parseConfig({
    file: 'silent.yml',
    text: 'modules: {silent: {prober: tcp, timeout: 1m, tcp: {query_response: [{expect: never}]}}}',
  });
  const { address, stop } = await serveApplication(config, overrides);
  await forThisTest({ [Symbol.asyncDispose]: () => stop(0) });
  const url = `http://127.0.0.1:${address.port}`;
  const ask = (path: string, method = 'GET') => httpGet(url + path, {}, { method });
  const begin = (signal?: AbortSignal) =>
    httpGet(
      `${url}/probe?module=silent&target=127.0.0.1:${silent.port}`,
      {},
      { ...(signal && { signal }) },
    );
  return { url, ask, begin, silent };
}
