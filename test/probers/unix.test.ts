import { chmod } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTls, TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { unix } from '../../src/probers/unix.ts';
import { daysFromNow } from '../support/certificates.ts';
import { startChild } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { authorityOfThisFile } from '../support/file-authority.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { probe } from '../support/probe.ts';
import { realPart } from '../support/real-part.ts';
import { saying } from '../support/talking.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { listenOnPath, unixServer } from '../support/unix-server.ts';

const authority = authorityOfThisFile();

const openPipes = () =>
  process.getActiveResourcesInfo().filter((name) => name === 'PipeWrap').length;

describe('a socket', () => {
  test('that accepts is healthy, and is left at once', async () => {
    const server = await unixServer();
    const outcome = await probe(unix, server.path);
    expect(outcome.failure).toBeUndefined();
    expect(outcome.samples.map(({ name, value }) => [name, value])).toEqual([
      ['probe_failed_due_to_regex', 0],
      ['probe_failed_due_to_bytes', 0],
    ]);
    await server.emptied();
  });

  test('may have an abstract name', async () => {
    const name = `hce-test-${process.pid}`;
    await listenOnPath(createServer(saying('hello\n')), `\0${name}`);
    const outcome = await probe(unix, `@${name}`, { query_response: [{ expect: 'hello' }] });
    expect(outcome.failure).toBeUndefined();
    const other = await probe(unix, `@${name}-other`);
    expect(other.failure?.reason).toBe('refused');
  });

  test('that does not exist is not found', async () => {
    const outcome = await probe(unix, '/nowhere/at/all.sock');
    expect(outcome.failure).toEqual({
      reason: 'not_found',
      message: 'there is no socket /nowhere/at/all.sock',
    });
    expect(outcome.samples).toEqual([]);
  });

  test('that nobody listens on any more refuses, and so does what is no socket', async () => {
    const directory = await forThisTest(temporaryDirectory());
    const file = await directory.write('file', '');
    for (const path of [file, directory.path]) {
      const outcome = await probe(unix, path);
      expect(outcome.failure).toEqual({
        reason: 'refused',
        message: `nobody listens on ${path}, or it is no socket`,
      });
    }
  });

  test.skipIf(!realPart('setpriv', ['setpriv'], { root: true }))(
    'that the exporter may not write to is a matter of permission',
    async () => {
      const server = await unixServer();
      await chmod(join(server.path, '..'), 0o755);
      await chmod(server.path, 0o600);
      const outcome = await probeAsNobody(server.path);
      expect(outcome.failure).toEqual({
        reason: 'permission',
        message: `the exporter may not write to ${server.path}, or not enter a directory above it`,
      });
      await chmod(server.path, 0o666);
      expect((await probeAsNobody(server.path)).success).toBe(true);
    },
  );

  test('whose server accepts nobody any more refuses once its queue is full', async () => {
    const directory = await forThisTest(temporaryDirectory());
    const path = join(directory.path, 'socket');
    const script = `
      const server = require('node:net').createServer(() => {});
      server.listen({ path: ${JSON.stringify(path)}, backlog: 1 }, () => console.error('ready'));`;
    const child = await forThisTest(startChild(process.execPath, ['-e', script]));
    await child.says(/ready/);
    child.kill('SIGSTOP');
    // Its process stops at its own time, and then the queue has still to be filled.
    const refused = await eventually(async () => {
      const outcome = await probe(unix, path);
      expect(outcome.success).toBe(false);
      return outcome;
    });
    expect(refused.failure).toEqual({
      reason: 'refused',
      message: `nobody accepts connections on ${path}: its queue is full`,
    });
  });

  test.each([
    ['accept', {}, undefined],
    ['say nothing', { query_response: [{ expect: 'x' }] }, 'timeout'],
    ['never shake hands', { tls: true, tls_config: { server_name: 'x' } }, 'timeout'],
  ])('trap 5: none is left open of many probes whose peers %s', async (_what, options, reason) => {
    const server = await unixServer();
    const before = openPipes();
    const probes = Array.from({ length: 20 }, () =>
      probe(unix, server.path, options, { timeoutSeconds: reason ? 0.3 : 5 }),
    );
    const reasons = (await Promise.all(probes)).map(({ failure }) => failure?.reason);
    expect(new Set(reasons)).toEqual(new Set([reason]));
    await eventually(() => expect(openPipes()).toBeLessThanOrEqual(before));
  });
});

describe('a dialogue', () => {
  test('asks and takes groups into labels', async () => {
    const received: string[] = [];
    const server = await unixServer((socket) =>
      socket.on('data', (chunk) => {
        received.push(String(chunk));
        socket.write('+PONG from r1\r\n');
      }),
    );
    const outcome = await probe(unix, server.path, {
      query_response: [
        { send: 'PING\r' },
        { expect: '^\\+PONG from (\\w+)$', labels: [{ name: 'node', value: '${1}' }] },
      ],
    });
    expect(outcome.failure).toBeUndefined();
    expect(received).toEqual(['PING\r\n']);
    expect(outcome.value('probe_expect_info', { node: 'r1' })).toBe(1);
  });

  test('fails by a regular expression or by bytes', async () => {
    const server = await unixServer((socket) => socket.end('-ERR\n'));
    const regexp = await probe(unix, server.path, { query_response: [{ expect: '^OK' }] });
    expect(regexp.failure).toEqual({
      reason: 'body',
      message: `nothing ${server.path} sent matches "^OK"`,
    });
    expect(regexp.value('probe_failed_due_to_regex')).toBe(1);
    const bytes = await probe(unix, server.path, { query_response: [{ expect_bytes: '+OK' }] });
    expect(bytes.failure?.reason).toBe('body');
    expect(bytes.value('probe_failed_due_to_bytes')).toBe(1);
  });
});

describe('TLS', () => {
  const verified = () => ({ ca_file: authority().certFile, server_name: 'local.example' });
  const identity = (validTo = daysFromNow(10)) =>
    authority().issue({ names: 'DNS:local.example', validTo });

  test('is spoken to the name given, and its certificate exported', async () => {
    const validTo = daysFromNow(10);
    const names: unknown[] = [];
    const server = await listenOnPath(
      createTls(identity(validTo), (socket) => {
        names.push(socket.servername);
        socket.write('+OK\r\n');
      }),
    );
    const outcome = await probe(unix, server.path, {
      tls: true,
      tls_config: verified(),
      query_response: [{ expect: '^\\+OK' }],
    });
    expect(outcome.failure).toBeUndefined();
    expect(names).toEqual(['local.example']);
    expect(outcome.value('probe_ssl_earliest_cert_expiry')).toBe(validTo.getTime() / 1000);
    expect(outcome.value('probe_tls_version_info', { version: 'TLS 1.3' })).toBe(1);
  });

  test('fails where the certificate is for another name', async () => {
    const server = await listenOnPath(createTls(identity()));
    const outcome = await probe(unix, server.path, {
      tls: true,
      tls_config: { ...verified(), server_name: 'other.example' },
    });
    expect(outcome.failure?.reason).toBe('certificate');
    expect(outcome.failure?.message).toContain('"other.example"');
  });

  test('needs no name where any certificate will do', async () => {
    const server = await listenOnPath(createTls(identity()));
    const outcome = await probe(unix, server.path, {
      tls: true,
      tls_config: { insecure_skip_verify: true },
    });
    expect(outcome.failure).toBeUndefined();
  });

  test('can begin in the middle of a dialogue', async () => {
    const server = await unixServer(startingTls(identity()));
    const outcome = await probe(unix, server.path, {
      tls_config: verified(),
      query_response: [
        { send: 'STARTTLS' },
        { expect: '^go$' },
        { starttls: true },
        { expect: '^secret$' },
      ],
    });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_ssl_earliest_cert_expiry')).toBeGreaterThan(0);
    await server.emptied();
  });

  test('without a name to verify is refused in the configuration', () => {
    const problem = {
      path: ['tls_config'],
      message:
        'TLS on a unix socket needs server_name, the name to verify, or insecure_skip_verify',
    };
    for (const options of [
      { tls: true },
      { tls: true, tls_config: { ca_file: '/x' } },
      { query_response: [{ expect: 'go' }, { starttls: true }] },
    ]) {
      expect(unix.options.safeParse(options).error?.issues).toMatchObject([problem]);
    }
    for (const options of [
      {},
      { tls_config: {} },
      { query_response: [{ starttls: false }] },
      { tls: true, tls_config: { server_name: 'x' } },
      { tls: true, tls_config: { insecure_skip_verify: true } },
    ]) {
      expect(unix.options.safeParse(options).error).toBeUndefined();
    }
  });
});

describe('a target', () => {
  test.each(['/run/docker.sock', '@abstract', '/with space/ü.sock', `/${'x'.repeat(106)}`])(
    '%s is one',
    (target) => expect(unix.target?.problem(target)).toBeUndefined(),
  );

  test.each([
    ['docker.sock', 'is not an absolute path, nor @ and the name of a socket'],
    ['unix:///run/docker.sock', 'is not an absolute path, nor @ and the name of a socket'],
    ['@', 'is not an absolute path, nor @ and the name of a socket'],
    ['', 'is not an absolute path, nor @ and the name of a socket'],
    ['/a\0b', 'has a zero byte in it'],
    [`/${'x'.repeat(107)}`, 'is longer than the 107 bytes the path of a socket can have'],
    [`/${'ü'.repeat(54)}`, 'is longer than the 107 bytes the path of a socket can have'],
  ])('%j is none: it %s', (target, problem) => {
    expect(unix.target?.problem(target)).toBe(problem);
  });

  test('may be as long as the kernel takes it', async () => {
    const directory = await forThisTest(temporaryDirectory());
    const path = join(directory.path, 'x'.repeat(106 - directory.path.length));
    await listenOnPath(createServer(), path);
    expect(Buffer.byteLength(path)).toBe(107);
    expect((await probe(unix, path)).failure).toBeUndefined();
  });
});

/** Probes from a process without rights. */
async function probeAsNobody(path: string) {
  const script = join(import.meta.dirname, '../support/probe-once.ts');
  const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];
  const args = [...nobody, process.execPath, script, 'unix', '{}', path];
  const child = await forThisTest(startChild('setpriv', args));
  await child.ended;
  const [outcome] = JSON.parse(child.stdout());
  return outcome;
}

/** A peer that goes on with TLS when told to. */
function startingTls(identity: { cert: string; key: string }): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', () => {
      socket.write('go\n');
      const secure = new TLSSocket(socket, { isServer: true, ...identity });
      secure.on('error', () => {});
      secure.on('end', () => socket.destroy());
      secure.on('close', () => socket.destroy());
      secure.write('secret\n');
    });
  };
}
