import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { answering, serveModules } from '../support/probe-modules.ts';

describe('debug output', () => {
  test('shows log, metrics and module', async () => {
    const target = await answering(404);
    const { get } = await serveModules();
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
    const { get, url } = await serveModules();
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
    const { get, url } = await serveModules();
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
    const { get } = await serveModules();
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
    const { url } = await serveModules();
    const response = await fetch(`${url}/logs?${query}`);
    expect([response.status, await response.text()]).toEqual([status, text]);
  });

  test('of a target are those of its newest probe, of a module where one is named', async () => {
    const { get, url } = await serveModules();
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
    const { url } = await serveModules();
    const text = await (await fetch(`${url}/config`)).text();
    const again = parseConfig({ file: 'again.yml', text });
    expect([...again.modules.keys()]).toEqual(expect.arrayContaining(['http_2xx', 'm9.5', 'tls']));
    expect(again.modules.get('m9.5')?.timeoutSeconds).toBe(9.5);
  });
});
