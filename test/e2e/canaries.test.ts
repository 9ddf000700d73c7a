import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { dump } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Module } from '../../src/config/check.ts';
import { loadConfig } from '../../src/config/load.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { inUrl, newCanary, shownIn } from '../support/canaries.ts';
import { replaced, textsBroken, wholeTextsBroken } from '../support/canary-mistakes.ts';
import { type CanaryModule, canaryModules } from '../support/canary-modules.ts';
import { type Authority, createAuthority } from '../support/certificates.ts';
import { runCliInProcess } from '../support/cli-in-process.ts';
import { startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { grpcServer } from '../support/grpc-server.ts';
import { proxyServer } from '../support/proxy-server.ts';
import { httpServer, tcpServer } from '../support/servers.ts';
import { unixServer } from '../support/unix-server.ts';
import { websocketServer } from '../support/websocket-server.ts';

let authority: Authority;
let directory: string;
beforeAll(() => {
  authority = createAuthority();
  directory = mkdtempSync(join(tmpdir(), 'canaries-'));
});
afterAll(() => {
  authority.remove();
  rmSync(directory, { recursive: true, force: true });
});

/** Neither is ever sent: a private key signs, and what has no effect has none. */
const NEVER_SENT = /(?:^|\.)(?:key|client_certificate_key)(?:_file)?$/;
const WITHOUT_EFFECT = /^http_config\.(?:http_headers|oauth2|proxy_)/;
/** The token endpoint of these is asked over TLS, which it does not speak. */
const token = newCanary('canary-access-token-0123456789');

/** Real peers for all probers. They keep what they hear, and tell it back wherever an answer has room for it. */
async function startPeers() {
  const heard: string[] = [];
  const hear = (text: unknown) => void heard.push(String(text));
  const stranger = await httpServer((_request, response) => response.end('fine'));
  const web = await httpServer(async (request, response) => {
    const said = await saidBy(request);
    hear(said);
    const echo = encodeURIComponent(said.slice(0, 2000));
    const path = request.url?.split('?')[0];
    if (path === '/token') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ access_token: token.text, expires_in: 3600 }));
    } else if (path === '/redirect') {
      const location = `http://127.0.0.1:${stranger.port}/${echo}`;
      response.writeHead(302, { location }).end(said);
    } else if (path === '/echo') response.writeHead(500, echo, { 'x-echo': echo }).end(said);
    else response.writeHead(path === '/unauthorized' ? 401 : 200).end('fine');
  });
  const plain = await tcpServer((socket) =>
    socket.on('data', (bytes) => {
      hear(bytes);
      socket.end(bytes);
    }),
  );
  const unix = await unixServer((socket) => socket.on('data', hear));
  const messages = await websocketServer((socket) => socket.on('message', hear));
  const calls = await grpcServer({ services: { '': 1 } });
  const proxy = await proxyServer();
  const received = () =>
    [
      ...heard,
      ...proxy.requests.map(({ headers }) => Object.values(headers)),
      ...messages.requests.map(({ url, headers }) => [url, ...Object.values(headers)]),
      ...calls.calls.map(({ metadata }) => Object.values(metadata.getMap())),
    ].join('\n');
  return { web, plain, unix, messages, calls, proxy, received };
}

async function saidBy(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return [request.url, ...Object.values(request.headers).flat(), Buffer.concat(chunks)].join('\n');
}

type Peers = Awaited<ReturnType<typeof startPeers>>;

const user = newCanary();
const parameter = newCanary();
const hook = newCanary('canary-hook-0123456789');

/** Where a module is tried: where it succeeds, fails and cannot even begin. */
function targetsOf(prober: string, { web, plain, unix, messages, calls }: Peers): string[] {
  const secrets = (url: string) =>
    `${url.replace('://', `://me:${inUrl(user)}@`)}?token=${inUrl(parameter)}&x=1`;
  const at = (port: number, path: string, scheme = 'http') =>
    secrets(`${scheme}://127.0.0.1:${port}${path}`);
  // User and password do not belong into these.
  const websocket = (port: number, path: string) =>
    `ws://127.0.0.1:${port}${path}?token=${inUrl(parameter)}`;
  switch (prober) {
    case 'http':
      return [
        ...['/ok', '/echo', '/redirect', '/unauthorized'].map((path) => at(web.port, path)),
        ...[at(web.port, '/', 'https'), at(1, '/'), `http://127.0.0.1:${web.port}/\${HOOK}`],
      ];
    case 'websocket':
      return [websocket(messages.port, '/'), websocket(web.port, '/echo')];
    case 'grpc':
      return [`127.0.0.1:${calls.port}`, '127.0.0.1:1'];
    case 'unix':
      return [unix.path];
    default:
      return [`127.0.0.1:${plain.port}`];
  }
}

/** All canaries in a configuration, every second one in a variable of the environment. */
function configure(modules: readonly CanaryModule[], peers: Peers) {
  const env: Record<string, string> = { HOOK: hook.text };
  const options = modules.map((module, index) => {
    if (index % 2 === 0) return module.options;
    env[module.canary.variable] = module.value;
    return replaced(module.options, module.value, `\${${module.canary.variable}}`);
  });
  const config = {
    modules: Object.fromEntries(
      modules.map(({ name, prober }, index) => [
        name,
        { prober, timeout: '2s', [prober]: options[index] },
      ]),
    ),
    checks: modules.flatMap(({ name, prober }) =>
      targetsOf(prober, peers).map((target, index) => ({
        name: `${name}-${index}`,
        module: name,
        target,
      })),
    ),
  };
  return { config, env };
}

async function setUp() {
  const peers = await startPeers();
  const { privateKey: rsaKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const modules = canaryModules({
    identity: authority.issue(),
    rsaKey,
    tokenUrl: `http://127.0.0.1:${peers.web.port}/token`,
    proxyPort: peers.proxy.port,
    write: (name, text) => {
      const file = join(directory, name);
      writeFileSync(file, text);
      return file;
    },
  });
  const { config, env } = configure(modules, peers);
  const canaries = [...modules.map(({ canary }) => canary), user, parameter, hook, token];
  const shown = (output: string) => shownIn(output, canaries);
  /** The lines that show a canary, in any form. */
  const leaks = (outputs: readonly string[]) =>
    shown(outputs.join('\n')).length === 0
      ? outputs.filter((output) => /canary/i.test(output))
      : outputs.flatMap((output) => output.split('\n')).filter((line) => shown(line).length > 0);
  return { peers, modules, config, env, shown, leaks, text: dump(config, { noRefs: true }) };
}

describe('of a canary in every place of a secret', { timeout: 60_000 }, () => {
  test('the exporter shows nothing, and the targets get them all', async () => {
    const { peers, modules, config, env, shown, leaks, text } = await setUp();
    const args = ['--config.expand-env', '--log.level=debug', '--log.prober=debug'];
    const exporter = await forThisTest(startExporterProcess({ config: text, args, env }));
    const outputs: string[] = [];
    const ask = async (path: string, init: RequestInit = {}) => {
      const response = await fetch(`${exporter.url}${path}`, init);
      outputs.push(JSON.stringify([...response.headers]), await response.text());
    };
    await ask('/metrics');
    await ask('/metrics', { headers: { accept: 'application/openmetrics-text' } });
    const received = peers.received();
    const got = new Set(shown(received));
    const missing = modules
      .filter(({ path }) => !NEVER_SENT.test(path) && !WITHOUT_EFFECT.test(path))
      .filter(({ canary }) => !got.has(canary.text));
    expect(missing.map(({ prober, path }) => `${prober}: ${path}`)).toEqual([]);
    for (const { text: other } of [user, parameter, hook, token]) expect(got).toContain(other);

    const inFiles = modules.filter(
      ({ path, value }) =>
        !NEVER_SENT.test(path) && !WITHOUT_EFFECT.test(path) && value.startsWith(directory),
    );
    const names = inFiles.map(({ name }) => `${name}-0`);
    const later = inFiles.map(({ value }) => {
      const canary = newCanary();
      writeFileSync(value, `${canary.text}\n`);
      return canary;
    });
    await exporter.scrape(...names);
    expect(shownIn(peers.received(), later), 'files are read again').toHaveLength(later.length);
    for (const { value } of inFiles) rmSync(value);
    const withoutFiles = await exporter.scrape(...names);
    for (const check of names) {
      const labels = { check, reason: 'not_found' };
      expect(withoutFiles.value('probe_failure_info', labels), check).toBe(1);
    }

    const probes = modules.map(({ name, prober }) => {
      const [target = '', failing = target] = targetsOf(prober, peers);
      return `/probe?module=${name}&target=${encodeURIComponent(failing)}`;
    });
    await Promise.all(probes.map((probe) => ask(`${probe}&debug=true`)));
    await Promise.all(config.checks.map(({ name }) => ask(`/logs?check=${name}`)));
    const bad = encodeURIComponent(`http://me:${user.text}@[/?token=${parameter.text}`);
    for (const path of [
      ...['/', '/config', '/sd', '/api/v1/checks', '/logs?id=1', '/logs', '/nowhere'],
      ...['/-/reload', '/-/ready'],
      ...[probes[0] ?? '', '/probe', '/probe?target=x&module=none', `/probe?target=${bad}`],
      ...['/metrics?check=none', `/logs?target=${bad}`],
    ]) {
      await ask(path);
    }
    for (const broken of wholeTextsBroken(modules)) {
      await exporter.rewriteConfig(broken);
      await ask('/-/reload', { method: 'POST' });
    }
    exporter.process.kill('SIGTERM');
    await exporter.process.ended;
    outputs.push(exporter.process.stdout(), exporter.process.stderr());
    expect(outputs.length).toBeGreaterThan(500);
    expect(leaks(outputs).slice(0, 9)).toEqual([]);
  });

  test('the command line shows nothing', async () => {
    const { config, env, leaks, text, modules: written } = await setUp();
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const file = join(directory, 'checks.yml');
    const json = join(directory, 'report.json');
    writeFileSync(file, text);
    const words = ['--config.expand-env', `--config.file=${file}`];
    const checked = await runCliInProcess(['check', `--json=${json}`, ...words]);
    const valid = await runCliInProcess(['--config.check', ...words]);
    const probed = [];
    for (const { name } of written.filter(({ prober }) => prober === 'http').slice(0, 9)) {
      const asked = ['probe', `http://me:${inUrl(user)}@127.0.0.1:1`, `--module=${name}`];
      probed.push(
        await runCliInProcess([
          ...asked,
          '--probe.credentials-to-any-target',
          '--debug',
          `--json=${json}.probe`,
          ...words,
        ]),
      );
    }
    vi.stubEnv('HOOK', undefined);
    const unset = await runCliInProcess(['--config.check', ...words]);
    vi.unstubAllEnvs();
    const report = readFileSync(json, 'utf8');
    expect(JSON.parse(report).checks).toHaveLength(config.checks.length);
    expect([checked.code, valid.code, unset.code]).toEqual([1, 0, 2]);
    expect(probed.map(({ code, stderr }) => stderr || code)).toEqual(Array(9).fill(1));
    const probeReport = readFileSync(`${json}.probe`, 'utf8');
    const said = [checked, valid, unset, ...probed].flatMap(({ stdout, stderr }) => [
      stdout,
      stderr,
    ]);
    expect(leaks([report, probeReport, ...said]).slice(0, 9)).toEqual([]);

    const { checks, modules } = await loadConfig(file, env);
    // Without the prober itself: schemas are endless.
    const plain = (module: Module) => ({ ...module, prober: module.prober.name });
    const held = [
      checks.map((check) => ({ ...check, module: plain(check.module) })),
      [...modules.values()].map(plain),
    ];
    const inspected = inspect(held, { depth: 30, maxArrayLength: null, showHidden: true });
    expect(inspected.length).toBeGreaterThan(100_000);
    expect(leaks([inspected]).slice(0, 9)).toEqual([]);
  });

  test('no error of the configuration shows any', async () => {
    const { modules, env, leaks } = await setUp();
    const said = [...wholeTextsBroken(modules), ...modules.flatMap(textsBroken)].map((text) =>
      refusal(text, env),
    );
    expect(said.length).toBeGreaterThan(300);
    expect(leaks(said).slice(0, 9)).toEqual([]);
  });
});

function refusal(text: string, environment: Record<string, string>): string {
  try {
    parseConfig({ file: 'f.yml', text }, environment);
  } catch (error) {
    return `${error instanceof Error ? error.message : error}\n${inspect(error, { depth: 9, showHidden: true })}`;
  }
  return '';
}
