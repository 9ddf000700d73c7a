import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Authority, createAuthority } from '../support/certificates.ts';
import { startExporterProcess } from '../support/exporter-process.ts';
import { parseExposition } from '../support/exposition.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { ask, TLS, verdictOf, webConfigDirectory, webConfigFiles } from '../support/web-config.ts';

const PASSWORD = 'correct-horse-battery-staple';
const USERS = `basic_auth_users: {prometheus: ${hashSync(PASSWORD, 4)}}\n`;

let authority: Authority;
let files: ReturnType<typeof webConfigFiles>;
beforeAll(() => {
  authority = createAuthority();
  files = webConfigFiles(authority);
});
afterAll(() => authority.remove());

async function start(text: string, ...args: readonly string[]) {
  const directory = await forThisTest(webConfigDirectory(files));
  const file = await directory.config(text);
  const exporter = await forThisTest(
    startExporterProcess({ args: [`--web.config.file=${file}`, ...args] }),
  );
  return { ...exporter, file };
}

describe('an exporter with users and TLS', () => {
  test('asks for the password wherever it is asked, and never says it', async () => {
    const { port, process } = await start(TLS + USERS, '--log.level=debug');
    const places = [
      ...['/', '/metrics', '/probe?target=x', '/sd', '/config', '/logs', '/api/v1/checks'],
      ...['/-/healthy', '/-/ready', '/-/reload', '/nothing', '/metrics/..', '//metrics', '/%2e'],
    ];
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      for (const path of places) {
        const stranger = await ask({ port, path, method });
        expect(`${method} ${path} ${stranger.status} ${stranger.body}`).toBe(
          `${method} ${path} 401 Unauthorized\n`,
        );
      }
    }
    const auth = `prometheus:${PASSWORD}`;
    expect(await verdictOf({ port, path: '/-/healthy', auth })).toBe(200);
    expect(await verdictOf({ port, path: '/nothing', auth })).toBe(404);
    expect(await verdictOf({ port, auth: `prometheus:${PASSWORD}x` })).toBe(401);
    // Its own check is content with being asked for a password.
    const own = await ask({ port, auth, path: '/metrics?check[]=Exporter' });
    expect(parseExposition(own.body).value('probe_success', { check: 'Exporter' })).toBe(1);
    const page = await ask({ port, path: '/', auth });
    expect(page.body).toContain('metrics_path: /metrics\n    scheme: https\n');
    const [target] = JSON.parse((await ask({ port, path: '/sd', auth })).body);
    expect(target.labels).toMatchObject({ __scheme__: 'https' });
    const named = await ask({ port, path: '/sd', auth, headers: { host: 'example.com' } });
    expect(JSON.parse(named.body)[0].targets).toEqual(['example.com:443']);
    const { body } = await ask({ port, path: '/config', auth });
    expect(body + process.stderr()).not.toContain(PASSWORD);
    process.kill('SIGTERM');
    expect(await process.ended).toEqual({ code: 0, signal: null });
    expect(process.stderr()).toContain(' tls=true');
    expect(process.stderr()).not.toContain(PASSWORD);
  });
});
