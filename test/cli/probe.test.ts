import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { startChild } from '../support/child.ts';
import { runCliInProcess } from '../support/cli-in-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { httpServer, tcpServer } from '../support/servers.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const probe = (...words: readonly string[]) => runCliInProcess(['probe', ...words]);

describe('probe', () => {
  test('says that a target is healthy, and how long it took', async () => {
    const { port } = await httpServer((_request, response) => response.end('fine'));
    const { code, stdout, stderr } = await probe(`http://127.0.0.1:${port}/`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^✓ http://127\\.0\\.0\\.1:${port}/ {2}[\\d.]+m?s\n$`));
  });

  test('says why a target is not, and exits with 1', async () => {
    const { port } = await httpServer((_request, response) => response.writeHead(503).end());
    const { code, stdout, stderr } = await probe(`127.0.0.1:${port}`);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/^✗ 127\.0\.0\.1:\d+ {2}[\d.]+m?s {2}status: .*503[^\n]*\n$/);
  });

  test('takes modules of a file, and their names from --module', async () => {
    const { port } = await tcpServer((socket) => socket.end('220 ready\r\n'));
    const file = await configFile(
      'modules: {mine: {prober: tcp, tcp: {query_response: [{expect: "^220"}]}}}',
    );
    const words = [`127.0.0.1:${port}`, '--module=mine', `--config.file=${file}`];
    expect(await probe(...words)).toMatchObject({ code: 0, stderr: '' });
  });

  test('asks for another name with --hostname', async () => {
    const hosts: unknown[] = [];
    const { port } = await httpServer((request, response) => {
      hosts.push(request.headers.host);
      response.end();
    });
    const { code } = await probe(`http://127.0.0.1:${port}`, '--hostname=shop.example');
    expect({ code, hosts }).toEqual({ code: 0, hosts: ['shop.example'] });
  });

  test('gives up after --timeout', async () => {
    const { port } = await tcpServer(() => {});
    const words = [`127.0.0.1:${port}`, '--module=ssh_banner', '--timeout=200ms'];
    const { code, stdout } = await probe(...words);
    expect(code).toBe(1);
    expect(stdout).toContain('  timeout: ');
  });

  test('tells with --debug what /probe?debug=true tells', async () => {
    const { port } = await httpServer((_request, response) => response.end('fine'));
    const { code, stdout } = await probe(`http://127.0.0.1:${port}/`, '--debug');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^✓ [^\n]*\n\nLogs for the probe:\n/);
    expect(stdout).toContain('\nMetrics that would have been returned:\n');
    expect(stdout).toContain('\nprobe_http_status_code 200\n');
    expect(stdout).toContain('\nModule configuration:\nprober: http\n');
  });

  test('writes JSON and nothing else with --json -', async () => {
    const { port } = await tcpServer(() => {});
    const words = [`127.0.0.1:${port}`, '--module', 'tcp_connect', '--json', '-', '--debug'];
    const { code, stdout, stderr } = await probe(...words);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      target: `127.0.0.1:${port}`,
      prober: 'tcp',
      module: 'tcp_connect',
      success: true,
      reason: null,
      message: null,
      duration_seconds: expect.any(Number),
      timeout_seconds: 10,
      log: expect.arrayContaining([
        { seconds: expect.any(Number), message: 'connected', fields: expect.anything() },
      ]),
      samples: expect.arrayContaining([{ name: 'probe_ip_protocol', value: 4, labels: {} }]),
    });
  });

  test('writes a file with --json FILE, and says the verdict besides', async () => {
    const directory = await forThisTest(temporaryDirectory());
    const file = `${directory.path}/result.json`;
    const { code, stdout } = await probe('127.0.0.1:1', '--module=tcp_connect', `--json=${file}`);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ 127\.0\.0\.1:1 .* refused: /);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      success: false,
      reason: 'refused',
    });
  });

  test('shows no credentials of a target', async () => {
    const { port } = await httpServer((_request, response) => response.end());
    const target = `http://me:correct-horse@127.0.0.1:${port}/`;
    for (const words of [[], ['--debug'], ['--json=-']]) {
      const { code, stdout, stderr } = await probe(target, ...words);
      expect(code).toBe(0);
      expect(stdout + stderr).not.toContain('correct-horse');
    }
  });
});

describe('nothing is probed, the exit code is 2, and a sentence says why, where', () => {
  test('the module is unknown', async () => {
    const { code, stdout, stderr } = await probe('127.0.0.1:1', '--module=tcp_conect');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^unknown module "tcp_conect" \(did you mean "tcp_connect"\?\), expected one of http_2xx, .*; --config\.file names a file with more\n$/,
    );
  });

  test.each<[why: string, words: string[], sentence: RegExp]>([
    ['there is no target', [], /^the module "http_2xx" needs a target, such as https:\/\//],
    ['the target is none', ['nowhere', '--module=tcp_connect'], /^target "nowhere" .*port/],
    [
      'the address is never probed',
      ['http://169.254.169.254/'],
      /^probe_policy refuses the target: /,
    ],
    ['there is no such file', ['x', '--config.file=/nowhere/c.yml'], /^\/nowhere\/c\.yml: /],
    ['two targets are named', ['a:1', 'b:2'], /^error: too many arguments for 'probe'/],
    ['the timeout is none', ['a:1', '--timeout=5'], /^error: .*duration such as "3s"/],
  ])('%s', async (_why, words, sentence) => {
    const { code, stdout, stderr } = await probe(...words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(sentence);
  });

  test('a credential would go to any target, unless that is allowed', async () => {
    const { port } = await httpServer((_request, response) => response.end());
    const file = await configFile(
      'modules: {mine: {prober: http, http: {bearer_token: correct-horse}}}',
    );
    const words = [`127.0.0.1:${port}`, '--module=mine', `--config.file=${file}`];
    const refused = await probe(...words);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/^the module "mine" holds a credential \(http\.bearer_token\)/);
    expect(await probe(...words, '--probe.credentials-to-any-target')).toMatchObject({ code: 0 });
  });

  test('it is interrupted', async () => {
    const reached = Promise.withResolvers<void>();
    const { port } = await tcpServer(() => reached.resolve());
    const child = await forThisTest(
      startChild(process.execPath, [
        new URL('../../src/main.ts', import.meta.url).pathname,
        ...['probe', `127.0.0.1:${port}`, '--module=ssh_banner', '--timeout=1h'],
      ]),
    );
    await reached.promise;
    child.kill('SIGINT');
    expect(await child.ended).toEqual({ code: 2, signal: null });
    expect(child.stdout() + child.stderr()).toBe('interrupted\n');
  });
});

async function configFile(text: string): Promise<string> {
  const directory = await forThisTest(temporaryDirectory());
  return directory.write('modules.yml', text);
}
