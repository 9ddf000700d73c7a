import { X509Certificate } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openWebConfig } from '../../src/config/web/reader.ts';
import { createTokenBucket } from '../../src/lib/token-bucket.ts';
import { authorityOfThisFile } from '../support/file-authority.ts';
import { forThisTest } from '../support/for-this-test.ts';
import {
  ask,
  bcryptOf,
  serveGuarded,
  TLS,
  verdictOf,
  webConfigDirectory,
  webConfigFiles,
} from '../support/web-config.ts';

const authority = authorityOfThisFile();
let files: ReturnType<typeof webConfigFiles>;
beforeAll(() => {
  files = webConfigFiles(authority());
});

const SESAME = bcryptOf('sesame');
const users = (hash = SESAME) => `basic_auth_users: {alice: ${hash}}\n`;
const fingerprintOf = (name: 'server.crt' | 'other.crt') =>
  new X509Certificate(files[name]).fingerprint256;

async function serve(text: string) {
  const directory = await forThisTest(webConfigDirectory(files));
  const server = await forThisTest(serveGuarded(await directory.config(text)));
  const { port } = server;
  return {
    ...server,
    directory,
    plain: (auth?: string) => ask({ port, tls: false, ...(auth !== undefined && { auth }) }),
    secure: (auth?: string) => ask({ port, ...(auth !== undefined && { auth }) }),
  };
}

describe('requests', () => {
  test('without a password are told that one is wanted, with the headers of all answers', async () => {
    const { plain } = await serve(
      `${users()}http_server_config: {headers: {X-Frame-Options: deny, X-XSS-Protection: 0}}`,
    );
    const stranger = await plain();
    expect(stranger).toMatchObject({ status: 401, body: 'Unauthorized\n' });
    expect(stranger.headers).toMatchObject({
      'www-authenticate': 'Basic',
      'x-frame-options': 'deny',
      'x-xss-protection': '0',
    });
    const user = await plain('alice:sesame');
    expect(user).toMatchObject({ status: 200, body: 'let in' });
    expect(user.headers).toMatchObject({ 'x-frame-options': 'deny', 'x-xss-protection': '0' });
    expect(user.headers).not.toHaveProperty('www-authenticate');
  });

  test('beyond the rate are refused before anybody looks at their password', async () => {
    const { plain } = await serve(`${users()}rate_limit: {interval: 1h, burst: 3}\n`);
    const statuses = [];
    for (const auth of [undefined, 'alice:wrong', 'alice:sesame', 'alice:sesame', undefined]) {
      statuses.push((await plain(auth)).status);
    }
    expect(statuses).toEqual([401, 401, 200, 429, 429]);
    const { headers, body } = await plain('alice:sesame');
    expect(Number(headers['retry-after'])).toBeGreaterThan(3000);
    expect(body).toBe('Too many requests\n');
    expect(headers).not.toHaveProperty('www-authenticate');
  });

  test('are all refused with a burst of 0, and none without an interval', async () => {
    const closed = await serve('rate_limit: {interval: 1s, burst: 0}\n');
    expect((await closed.plain()).status).toBe(429);
    const open = await serve('rate_limit: {interval: 0, burst: 0}\n');
    for (let count = 0; count < 5; count++) expect((await open.plain()).status).toBe(200);
  });
});

describe('a token bucket', () => {
  test('is full at first, gets a token each interval, and never more than it holds', () => {
    let seconds = 0;
    const bucket = createTokenBucket({ intervalSeconds: 2, burst: 3 }, () => seconds);
    const takeAll = () => {
      let count = 0;
      while (bucket.take() === 0) count += 1;
      return count;
    };
    expect(takeAll()).toBe(3);
    expect(bucket.take()).toBe(2);
    seconds = 1.5;
    expect(bucket.take()).toBeCloseTo(0.5);
    seconds = 2;
    expect(takeAll()).toBe(1);
    seconds = 7;
    expect(takeAll()).toBe(2);
    seconds = 1e6;
    expect(takeAll()).toBe(3);
  });
});

describe('a file that changes', () => {
  test('says from the next request on who is let in', async () => {
    const { plain, directory } = await serve(users());
    for (let round = 0; round < 5; round++) {
      const [now, before] = round % 2 ? ['sesame', 'other'] : ['other', 'sesame'];
      expect((await plain(`alice:${before}`)).status).toBe(200);
      await directory.config(users(bcryptOf(now)));
      expect((await plain(`alice:${before}`)).status, `round ${round}`).toBe(401);
      expect((await plain(`alice:${now}`)).status).toBe(200);
    }
    await directory.config('');
    expect((await plain()).status).toBe(200);
  });

  test('and has a mistake is answered with 500 until it is mended, and shows no secret', async () => {
    const { plain, directory, log } = await serve(users());
    await directory.config(`${users('correct-horse')}rate_limt: {}\n`);
    for (const auth of ['alice:sesame', undefined, 'alice:correct-horse']) {
      const { status, body, headers } = await plain(auth);
      expect({ status, body }).toEqual({
        status: 500,
        body: 'The file of --web.config.file has a mistake, which the log tells\n',
      });
      expect(headers).not.toHaveProperty('www-authenticate');
    }
    expect(log()).not.toContain('correct-horse');
    expect(log()).not.toContain('sesame');
    // Once, not with each request.
    expect(log().match(/level=error/g)).toHaveLength(1);
    expect(log()).toMatch(/web\.yml:1:\d+: .*did you mean.*rate_limit/);
    await directory.config(users(bcryptOf('mended')));
    expect((await plain('alice:mended')).status).toBe(200);
    expect(log()).toContain('msg="web configuration loaded"');
  });

  test.each([
    ['is gone', (file: string) => rmSync(file)],
    [
      'is a directory',
      (file: string) => {
        rmSync(file);
        mkdirSync(file);
      },
    ],
  ])('and %s lets nobody in until it is back', async (_what, damage) => {
    const { plain, directory } = await serve(users());
    const file = join(directory.path, 'web.yml');
    damage(file);
    expect((await plain('alice:sesame')).status).toBe(500);
    rmSync(file, { recursive: true, force: true });
    await directory.config(users());
    expect((await plain('alice:sesame')).status).toBe(200);
  });

  test('is not believed while it is being written: an empty one would let everybody in', async () => {
    const directory = await forThisTest(webConfigDirectory(files));
    const file = await directory.config(users());
    let pauses = 0;
    const written = [users().slice(0, 10), '', `${users()}# changed\n`];
    // Each look finds more of it.
    const pause = async () => {
      await directory.config(written[pauses] ?? written.at(-1) ?? '');
      pauses += 1;
    };
    const found: string[] = [];
    const listener = {
      changed: () => void found.push('changed'),
      refused: (problems: string) => void found.push(problems),
    };
    const reader = await openWebConfig(file, listener, pause);
    await directory.config('');
    expect((await reader.current()).config.users.size).toBe(1);
    expect(pauses).toBe(4);
    expect(found).toEqual([]);
    // Left empty for good, it means what it says.
    await directory.config('');
    written.fill('');
    expect((await reader.current()).config.users.size).toBe(0);
    expect(found).toEqual(['changed']);
  });

  test('while many ask is never seen half: they get the one or the other', async () => {
    const { port, directory } = await serve(users());
    const statuses = new Set<number>();
    for (let round = 0; round < 10; round++) {
      const asked = Array.from({ length: 10 }, () =>
        ask({ port, tls: false, auth: 'alice:sesame' }),
      );
      // Replaced as a whole, as tools do it that know of readers.
      await directory.write('next.yml', users(round % 2 ? SESAME : bcryptOf('other')));
      renameSync(join(directory.path, 'next.yml'), join(directory.path, 'web.yml'));
      for (const { status } of await Promise.all(asked)) statuses.add(status);
    }
    expect([...statuses].filter((status) => status !== 200 && status !== 401)).toEqual([]);
  });

  test('is read where a symbolic link leads now, as in a ConfigMap of Kubernetes', async () => {
    const directory = await forThisTest(webConfigDirectory(files));
    const at = (...parts: string[]) => join(directory.path, ...parts);
    for (const [name, password] of [
      ['one', 'sesame'],
      ['two', 'other'],
    ] as const) {
      mkdirSync(at(name));
      await directory.write(`${name}/web.yml`, users(bcryptOf(password)));
    }
    symlinkSync('one', at('..data'));
    symlinkSync('..data/web.yml', at('web.yml'));
    const { port } = await forThisTest(serveGuarded(at('web.yml')));
    expect(await verdictOf({ port, tls: false, auth: 'alice:sesame' })).toBe(200);
    symlinkSync('two', at('..next'));
    renameSync(at('..next'), at('..data'));
    expect(await verdictOf({ port, tls: false, auth: 'alice:sesame' })).toBe(401);
    expect(await verdictOf({ port, tls: false, auth: 'alice:other' })).toBe(200);
  });

  test('switches TLS neither on nor off', async () => {
    const { secure, directory, log } = await serve(TLS);
    await directory.config(users());
    expect((await secure()).status).toBe(401);
    expect((await secure('alice:sesame')).status).toBe(200);
    expect(log()).toContain('msg="TLS is switched on and off by a restart only"');
    const plain = await serve(users());
    await plain.directory.config(TLS);
    expect((await plain.plain()).status).toBe(200);
    expect(plain.log()).toContain('msg="TLS is switched on and off by a restart only"');
  });
});

describe('certificates that change', () => {
  test('are shown from the next handshake on, and connections that are open go on', async () => {
    const { port, secure, directory } = await serve(TLS);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const kept = () => ask({ port, agent });
    expect((await kept()).fingerprint).toBe(fingerprintOf('server.crt'));
    await directory.write('server.crt', files['other.crt']);
    await directory.write('server.key', files['other.key']);
    expect((await secure()).fingerprint).toBe(fingerprintOf('other.crt'));
    expect(await kept()).toMatchObject({
      status: 200,
      fingerprint: fingerprintOf('server.crt'),
    });
    const named = await ask({ port, secure: { servername: 'localhost' } });
    expect(named.fingerprint).toBe(fingerprintOf('other.crt'));
  });

  test('one file after the other, stay as they were until they fit each other', async () => {
    const { secure, directory, log } = await serve(TLS);
    await directory.write('server.crt', files['other.crt']);
    expect(await secure()).toMatchObject({
      status: 200,
      fingerprint: fingerprintOf('server.crt'),
    });
    await secure();
    expect(log().match(/certificates cannot be used, those in force stay/g)).toHaveLength(1);
    await directory.write('server.key', 'half a k');
    expect((await secure()).status).toBe(200);
    await directory.write('server.key', files['other.key']);
    expect((await secure()).fingerprint).toBe(fingerprintOf('other.crt'));
  });

  test('together with the file, are a mistake until they can be used', async () => {
    const { secure, directory } = await serve(TLS);
    await directory.config(TLS.replace('server.key', 'other.key'));
    expect(await secure()).toMatchObject({ status: 500, fingerprint: fingerprintOf('server.crt') });
    await directory.config(TLS.replaceAll('server', 'other').replace('tls_other', 'tls_server'));
    expect(await secure()).toMatchObject({ status: 200, fingerprint: fingerprintOf('other.crt') });
  });

  test('of clients are asked for from the next handshake on', async () => {
    const { port, directory } = await serve(TLS);
    const identity = authority().issue({ subject: '/CN=client' });
    expect(await verdictOf({ port })).toBe(200);
    await directory.config(
      TLS.replace('}', ', client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.crt}'),
    );
    // There is no such file: what was in force stays, and nobody is served.
    expect(await verdictOf({ port })).toBe(500);
    await directory.write('ca.crt', files['client-ca.crt']);
    expect(await verdictOf({ port })).toBe('refused');
    expect(await verdictOf({ port, identity })).toBe(200);
    await directory.write('ca.crt', files['server.crt']);
    expect(await verdictOf({ port, identity })).toBe('refused');
  });
});
