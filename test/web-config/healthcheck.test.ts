import { describe, expect, test } from 'vitest';
import { runCliInProcess } from '../support/cli-in-process.ts';
import { authorityOfThisFile } from '../support/file-authority.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { freePort } from '../support/loopback.ts';
import {
  bcryptOf,
  serveGuarded,
  TLS,
  webConfigDirectory,
  webConfigFiles,
} from '../support/web-config.ts';

const USERS = `basic_auth_users: {prometheus: ${bcryptOf('sesame')}}\n`;
const CLIENTS = TLS.replace(
  '}',
  ', client_auth_type: RequireAndVerifyClientCert, client_ca_file: client-ca.crt}',
);

const authority = authorityOfThisFile();

async function start(text: string) {
  const directory = await forThisTest(webConfigDirectory(webConfigFiles(authority())));
  const file = await directory.config(text);
  const server = await forThisTest(serveGuarded(file));
  return { ...server, ...directory, file };
}

describe('healthcheck', () => {
  const ask = (port: number, file: string) =>
    runCliInProcess(['healthcheck', `--web.listen-address=:${port}`, `--web.config.file=${file}`]);

  test.each([
    ['TLS', () => TLS],
    ['users', () => USERS],
    ['TLS and users', () => TLS + USERS],
    ['client certificates', () => CLIENTS],
    ['client certificates and TLS 1.2', () => CLIENTS.replace('}', ', max_version: TLS12}')],
    ['any client certificate', () => CLIENTS.replace('AndVerify', 'Any')],
    ['a rate limit', () => 'rate_limit: {interval: 1h, burst: 0}\n'],
  ])('is content with an exporter that has %s', async (_what, text) => {
    const { port, file } = await start(text());
    expect(await ask(port, file)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('is not content where the file has a mistake, and where another file is meant', async () => {
    const { port, write } = await start(USERS);
    const asked = await ask(port, await write('other.yml', ''));
    expect(asked).toMatchObject({ code: 1 });
    expect(asked.stderr).toContain('answered 401, expected 200');
    const broken = await ask(port, await write('other.yml', 'users: {}\n'));
    expect(broken).toMatchObject({ code: 2 });
    expect(broken.stderr).toContain('other.yml:1:1: unknown key "users"');
    const tls = await ask(port, await write('other.yml', TLS));
    expect(tls).toMatchObject({ code: 1 });
    expect(tls.stderr).toMatch(/: it does not speak TLS, or none that it was offered\n$/);
    const nobody = await ask(await freePort(), await write('other.yml', CLIENTS));
    expect(nobody.stderr).toMatch(/: connection refused, nothing listens there\n$/);
  });
});
