import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { disk } from '../../../src/probers/disk.ts';
import { http } from '../../../src/probers/http.ts';
import { fileVersion, readOptionFile } from '../../../src/probers/shared/files.ts';
import { forThisTest } from '../../support/for-this-test.ts';
import { ok, urlOf } from '../../support/http-peers.ts';
import { probe } from '../../support/probe.ts';
import { httpServer } from '../../support/servers.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const signal = () => new AbortController().signal;

/** More than libuv has threads, whatever the environment says. */
const MANY = 40;

/** A pipe that nobody writes to: to open it hangs, like a file whose server is gone. */
async function hangingFile(): Promise<string> {
  const directory = await forThisTest(temporaryDirectory());
  const path = join(directory.path, 'pipe');
  execFileSync('mkfifo', [path]);
  onTestFinished(() => {
    // Wakes who waits; who comes later finds nothing to wait for.
    const pipe = openSync(path, 'r+');
    rmSync(path);
    closeSync(pipe);
  });
  return path;
}

describe('trap 10: a file that hangs', () => {
  test.each([
    ['body_file', (path: string) => ({ method: 'POST', body_file: path })],
    ['bearer_token_file', (path: string) => ({ bearer_token_file: path })],
    ['tls_config.ca_file', (path: string) => ({ tls_config: { ca_file: path } })],
  ])('as %s holds one thread, however often it is asked for', async (_option, options) => {
    const server = await httpServer(ok);
    const hanging = options(await hangingFile());
    const target = urlOf(server).replace('http:', 'tls_config' in hanging ? 'https:' : 'http:');
    for (let count = 0; count < MANY; count++) {
      const outcome = await probe(http, target, hanging, { timeoutSeconds: 0.02 });
      expect(outcome.failure?.reason).toBe('timeout');
    }
    const directory = await forThisTest(temporaryDirectory());
    const body_file = await directory.write('body', 'here');
    const other = await probe(http, urlOf(server), { method: 'POST', body_file });
    expect(other.failure).toBeUndefined();
    expect((await probe(disk, '/')).failure).toBeUndefined();
  });

  test('is read anew once it has answered', async () => {
    const path = await hangingFile();
    const controller = new AbortController();
    const left = readOptionFile('body_file', path, controller.signal);
    const waiting = readOptionFile('body_file', path, signal());
    controller.abort();
    await expect(left).rejects.toThrow();
    await writeFile(path, 'first');
    expect(String(await waiting)).toBe('first');

    const again = readOptionFile('body_file', path, signal());
    await writeFile(path, 'second');
    expect(String(await again)).toBe('second');
  });
});

describe('a file of an option', () => {
  test('is read by all who ask at the same time, and anew by who asks later', async () => {
    const directory = await forThisTest(temporaryDirectory());
    const path = await directory.write('secret', 'old');
    const both = [1, 2].map(() => readOptionFile('body_file', path, signal()));
    expect((await Promise.all(both)).map(String)).toEqual(['old', 'old']);
    await directory.write('secret', 'new');
    expect(String(await readOptionFile('body_file', path, signal()))).toBe('new');
  });

  test('is looked at once for all who ask at the same time', async () => {
    const looking = () =>
      process.getActiveResourcesInfo().filter((name) => name === 'FSReqPromise').length;
    const before = looking();
    const controller = new AbortController();
    const left = fileVersion('ca_file', '/', controller.signal);
    const waiting = [1, 2].map(() => fileVersion('ca_file', '/', signal()));
    expect(looking()).toBe(before + 1);
    controller.abort();
    await expect(left).rejects.toThrow();
    expect(new Set(await Promise.all(waiting)).size).toBe(1);
  });

  test.each([
    ['/no/such/file', 'not_found', 'body_file "/no/such/file" does not exist'],
    ['/', 'not_found', 'body_file "/" is a directory'],
    ['/dev/zero', 'internal', 'body_file "/dev/zero" is larger than 64 MiB'],
  ])('%s is %s', async (path, reason, message) => {
    const reading = readOptionFile('body_file', path, signal());
    await expect(reading).rejects.toMatchObject({ reason, message });
  });
});
