import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/check.ts';
import { parseConfig } from '../../src/config/parse.ts';
import type { WebParts } from '../../src/web/application.ts';
import { makeCheck, makeConfig, takes } from '../support/checks.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { httpGet } from '../support/http-get.ts';
import { serveApplication } from '../support/web-application.ts';

const TWO_CHECKS = `checks:
  - {name: Site, target: "https://user:pa55@example.com/?token=s3cret", module: http_2xx, labels: {team: web}}
  - {name: Memory, prober: memory}
`;

interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

describe('/sd', () => {
  test('shows each check as a target of its own, without secrets', async () => {
    const { ask } = await serve(config(TWO_CHECKS));
    const { status, headers, body } = await ask('', { host: 'probes.example:1234' });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(String(body))).toEqual([
      {
        targets: ['probes.example:1234'],
        labels: {
          __metrics_path__: '/metrics',
          __param_check: 'Site',
          check: 'Site',
          __meta_healthcheck_target: 'https://<secret>@example.com/?token=<secret>',
          __meta_healthcheck_prober: 'http',
          __meta_healthcheck_module: 'http_2xx',
          __meta_healthcheck_label_team: 'web',
        },
      },
      {
        targets: ['probes.example:1234'],
        labels: {
          __metrics_path__: '/metrics',
          __param_check: 'Memory',
          check: 'Memory',
          __meta_healthcheck_prober: 'memory',
        },
      },
    ]);
  });

  test('is an empty list where nothing is configured', async () => {
    const { ask } = await serve(makeConfig([]));
    expect(String((await ask()).body)).toBe('[]\n');
  });

  test('gives back any name as it is', async () => {
    const names = [
      'a "b" {c}',
      "it's & more?#%41+",
      'line\nfeed\t\\n',
      'ü 東京 \u{1F600}',
      '__proto__',
    ];
    const { groups } = await serve(makeConfig(names.map((name) => makeCheck(name, takes(0)))));
    const labels = (await groups()).map((group) => group.labels);
    expect(labels.map(({ check }) => check)).toEqual(names);
    expect(labels.map(({ __param_check }) => __param_check)).toEqual(names);
  });

  test.each([
    ['check[]=Memory', ['Memory']],
    ['prober=http', ['Site']],
    ['check=Site&prober[]=memory', ['Site', 'Memory']],
  ])('with ?%s shows %j', async (query, names) => {
    const { groups } = await serve(config(TWO_CHECKS));
    expect((await groups(query)).map(({ labels }) => labels.check)).toEqual(names);
  });

  test.each([
    ['check=nobody', 'no such thing configured: check "nobody"\n'],
    ['checks[]=Site', 'unknown parameter "checks[]", expected check[] or prober[]\n'],
  ])('with ?%s says what is wrong, as /metrics does', async (query, sentence) => {
    const { ask } = await serve(config(TWO_CHECKS));
    const { status, body } = await ask(query);
    expect([status, String(body)]).toEqual([400, sentence]);
  });

  test('takes GET and HEAD only', async () => {
    const { url } = await serve(config(TWO_CHECKS));
    const asked = await fetch(url, { method: 'HEAD' });
    expect([asked.status, await asked.text()]).toEqual([200, '']);
    const posted = await fetch(url, { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

describe('the address of the targets', () => {
  test.each([
    ['probes', 'probes:80'],
    ['probes.example:9115', 'probes.example:9115'],
    ['10.0.0.1', '10.0.0.1:80'],
    ['[::1]:10195', '[::1]:10195'],
    ['[2001:db8::1]', '[2001:db8::1]:80'],
    ['under_score.example:1', 'under_score.example:1'],
  ])('is, for the Host header %s, %s', async (host, address) => {
    const { ask } = await serve(config(TWO_CHECKS));
    const [first] = JSON.parse(String((await ask('', { host })).body)) as TargetGroup[];
    expect(first?.targets).toEqual([address]);
    expect(first?.labels).not.toHaveProperty('__scheme__');
  });

  test.each([
    ['"><script>'],
    ['a b'],
    ['a,b'],
    ['a:b'],
    ['a:0'],
    ['a:65536'],
    ['a:'],
    [':80'],
    ['::1'],
    ['[::1'],
    ['[nonsense]:80'],
    ['user@probes:80'],
    ['probes/path'],
    ['ü.example'],
  ])('is not taken from the Host header %j', async (host) => {
    const { ask } = await serve(config(TWO_CHECKS));
    const { status, body } = await ask('', { host });
    expect(status).toBe(400);
    expect(String(body)).toMatch(/^Host header: expected one host or host:port, [^<>]*\n$/);
  });

  test.each([
    ['none, as HTTP/1.0 allows', 'GET /sd HTTP/1.0\r\n'],
    ['an empty one', 'GET /sd HTTP/1.1\r\nHost:\r\n'],
    ['two', 'GET /sd HTTP/1.1\r\nHost: probes\r\nHost: elsewhere\r\n'],
  ])('is not known where the request has %s', async (_how, request) => {
    const { port } = await serve(config(TWO_CHECKS));
    const socket = connect(port, '127.0.0.1');
    socket.write(`${request}Connection: close\r\n\r\n`);
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('Host header: expected one host');
  });

  test.each([
    ['https://example.com/health/', { __metrics_path__: '/health/m', __scheme__: 'https' }, 443],
    ['http://example.com', { __metrics_path__: '/m' }, 80],
    ['http://me:s3cret@example.com:8080', { __metrics_path__: '/m' }, 8080],
  ])('is that of --web.external-url=%s, where it is given', async (externalUrl, labels, port) => {
    const { groups } = await serve(config('checks: [{name: Memory, prober: memory}]'), {
      externalUrl,
      routePrefix: '/inside',
      telemetryPath: '/m',
    });
    const own = { __param_check: 'Memory', check: 'Memory', __meta_healthcheck_prober: 'memory' };
    expect(await groups()).toEqual([
      { targets: [`example.com:${port}`], labels: { ...own, ...labels } },
    ]);
  });

  test('has the prefix of all paths before the path of the metrics', async () => {
    const { groups } = await serve(config(TWO_CHECKS), { routePrefix: '/health' });
    const paths = (await groups()).map(({ labels }) => labels.__metrics_path__);
    expect(paths).toEqual(['/health/metrics', '/health/metrics']);
  });
});

function config(yaml: string): Config {
  return parseConfig({ file: 'checks.yml', text: yaml });
}

/** The application with this configuration, to be asked for its targets. */
async function serve(config: Config, parts: Partial<WebParts> = {}) {
  const { address, stop } = await serveApplication(config, parts);
  await forThisTest({ [Symbol.asyncDispose]: () => stop(0) });
  const url = `http://127.0.0.1:${address.port}${parts.routePrefix ?? ''}/sd`;
  const ask = (query = '', headers = {}) => httpGet(`${url}?${query}`, headers);
  const groups = async (query?: string) =>
    JSON.parse(String((await ask(query)).body)) as TargetGroup[];
  return { url, port: address.port, ask, groups };
}
