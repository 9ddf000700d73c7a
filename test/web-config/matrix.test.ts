import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCliInProcess } from '../support/cli-in-process.ts';
import { authorityOfThisFile } from '../support/file-authority.ts';
import { realPart } from '../support/real-part.ts';
import { serveGuarded } from '../support/web-config.ts';
import { expectationOf, fixtureDirectory, fixturesOf } from '../support/web-config-fixtures.ts';

// Each file is read twice: by --config.check, and by a server that starts. What the first says, the second does. After
// a change of words: UPDATE_EXPECTED=1 writes them anew, to be read as the person who made the mistake.

const authority = authorityOfThisFile();
let fixtures: Awaited<ReturnType<typeof fixtureDirectory>>;
beforeAll(async () => {
  fixtures = await fixtureDirectory(authority());
});
afterAll(() => fixtures[Symbol.asyncDispose]());

const BAD = fixturesOf('bad');

describe('a good web configuration', () => {
  test.each(fixturesOf('good'))('%s is taken, checked and served', async (name) => {
    const file = fixtures.fileOf(`good-${name}`);
    const { code, stdout, stderr } = await check(file);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`\n${file}: valid, TLS `);
    await using server = await serveGuarded(file);
    expect(server.port).toBeGreaterThan(0);
  });
});

describe('a web configuration with a mistake is refused with everything that is wrong', () => {
  test.each(BAD)('%s', async (name) => {
    const file = fixtures.fileOf(`bad-${name}`);
    const { code, stdout, stderr } = await check(file);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const said = stderr
      .replaceAll(join(fixtures.path, '/'), '')
      .replaceAll(fixtures.path, '.')
      .replaceAll('bad-', '');
    if (process.env.UPDATE_EXPECTED) writeFileSync(expectationOf(name), said);
    expect(said).toBe(readFileSync(expectationOf(name), 'utf8'));
    await expect(serveGuarded(file)).rejects.toThrow(
      stderr.replace(/\n\d+ problems? found, nothing was started\.\n$/, ''),
    );
  });

  test('and the file that is not there', async () => {
    const { code, stderr } = await check(fixtures.fileOf('none.yml'));
    expect(code).toBe(2);
    expect(stderr).toMatch(/none\.yml: cannot be read: no such file\n1 problem found/);
  });

  test.skipIf(!realPart('pipe', ['mkfifo']))(
    'and a pipe, of which the second reading would let everybody in',
    async () => {
      const file = fixtures.fileOf('pipe.yml');
      execFileSync('mkfifo', [file]);
      const { code, stderr } = await check(file);
      expect(code).toBe(2);
      expect(stderr).toMatch(/pipe\.yml: is a pipe, expected a regular file/);
      await expect(serveGuarded(file)).rejects.toThrow('is a pipe');
    },
  );

  test('beside those of the other file', async () => {
    const checks = await fixtures.write('checks.yml', 'check: []\n');
    const file = fixtures.fileOf('bad-junk-key.yml');
    const { code, stderr } = await check(file, `--config.file=${checks}`);
    expect(code).toBe(2);
    expect(stderr).toContain(`${checks}:1:1: unknown key "check"`);
    expect(stderr).toContain(`${file}:2:3: unknown key "cert_filse"`);
    expect(stderr).toMatch(/\n\d problems found, nothing was started\.\n$/);
  });
});

describe('the messages', () => {
  const texts = () => BAD.map((name) => [name, readFileSync(expectationOf(name), 'utf8')] as const);

  test('name file, line and column', () => {
    const placed = /^[\w-]+\.yml:\d+:\d+: /m;
    expect(
      texts()
        .filter(([, text]) => !placed.test(text))
        .map(([name]) => name),
    ).toEqual([]);
  });

  test('show no secret', () => {
    const secret = /correct-horse|\$2y\$\d\d\$\w|: doe/;
    expect(
      texts()
        .filter(([, text]) => secret.test(text))
        .map(([name]) => name),
    ).toEqual([]);
  });

  test('stand beside a file each', () => {
    const found = readdirSync(join(import.meta.dirname, 'bad')).filter((file) =>
      file.endsWith('.txt'),
    );
    expect(found.map((file) => basename(file, '.txt'))).toEqual(
      BAD.map((file) => basename(file, '.yml')),
    );
  });
});

function check(file: string, ...flags: string[]) {
  return runCliInProcess(['--config.check', `--web.config.file=${file}`, ...flags]);
}
