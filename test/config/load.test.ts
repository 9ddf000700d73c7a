import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, open, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/config/problem.ts';
import { readText } from '../../src/config/text-file.ts';
import { realPart } from '../support/real-part.ts';

/** For megabytes on a busy machine. */
const PATIENCE_MS = 60_000;
const GOOD = 'checks: [{name: a, prober: cpu}]\n';
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hce-config-'));
  // Another user must get as far as the file.
  await chmod(directory, 0o755);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('a file that cannot be read is refused, by name:', () => {
  test('one that is not there', async () => {
    expect(await refusal('missing.yml')).toBe('missing.yml: cannot be read: no such file');
  });

  test('a directory', async () => {
    await mkdir(join(directory, 'directory.yml'));
    expect(await refusal('directory.yml')).toBe(
      'directory.yml: is a directory, a file is expected',
    );
  });

  test('one below another file', async () => {
    await writeFile(join(directory, 'file.yml'), GOOD);
    expect(await refusal('file.yml/config.yml')).toBe(
      'file.yml/config.yml: cannot be read: a part of its path is no directory',
    );
  });

  test('a symbolic link to itself', async () => {
    await symlink('loop.yml', join(directory, 'loop.yml'));
    expect(await refusal('loop.yml')).toBe(
      'loop.yml: cannot be read: its symbolic links go in circles',
    );
  });

  test('one with a name that is too long', async () => {
    expect(await refusal('x'.repeat(300))).toMatch(/: cannot be read: its name is too long$/);
  });

  test('one of another user', async () => {
    const file = join(directory, 'private.yml');
    await writeFile(file, GOOD);
    await chmod(file, 0o000);
    await asOrdinaryUser(async () => {
      expect(await refusal('private.yml')).toBe('private.yml: cannot be read: permission denied');
    });
  });

  test.skipIf(process.platform !== 'linux')('a device, which may never end', async () => {
    await expect(loadConfig('/dev/zero')).rejects.toThrow('/dev/zero: is no regular file');
  });

  test.each([
    ['UTF-16', Buffer.from(`\uFEFF${GOOD}`, 'utf16le'), '1:1: is UTF-16 text, save it as UTF-8'],
    [
      'UTF-16 of the other order',
      Buffer.from(`\uFEFF${GOOD}`, 'utf16le').swap16(),
      '1:1: is UTF-16 text, save it as UTF-8',
    ],
    [
      'empty',
      Buffer.alloc(0),
      '1:1: the file holds no configuration, expected "checks:" or "modules:"',
    ],
  ])('one that is %s', async (_, bytes, problem) => {
    await writeFile(join(directory, 'bytes.yml'), bytes);
    expect(await refusal('bytes.yml')).toBe(`bytes.yml:${problem}`);
  });
});

describe('a file that is no text is refused at its first byte that is none:', () => {
  test.each([
    ['binary', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 3]), '1:5', '00'],
    ['a zero byte', Buffer.from('checks: []\n# \u00e9\u0000\n'), '2:4', '00'],
    ['Latin-1', Buffer.from('checks:\n- {name: caf\xe9, prober: cpu}', 'latin1'), '2:13', 'e9'],
    ['Latin-1 at its end', Buffer.from('# caf\xe9', 'latin1'), '1:6', 'e9'],
    ['half a character', Buffer.from('\uFEFF# \u00e9\n# \u{1F600}').subarray(0, -1), '2:3', 'f0'],
    ['half of a surrogate pair', Buffer.from([0x0a, 0x0a, 0x23, 0xed, 0xa0, 0x80]), '3:2', 'ed'],
  ])('%s', async (_, bytes, place, byte) => {
    await writeFile(join(directory, 'bytes.yml'), bytes);
    expect((await refusal('bytes.yml')).split('\n')[0]).toBe(
      `bytes.yml:${place}: the byte ${byte} (hexadecimal) here is no UTF-8 text, a YAML file is expected`,
    );
  });
});

test('a file of more than 32 MiB is refused where reading ends', {
  timeout: PATIENCE_MS,
}, async () => {
  // A million checks, and more.
  await writeFile(join(directory, 'large.yml'), Buffer.alloc(60_000_000, '- {}\n'));
  expect(await refusal('large.yml')).toBe(
    'large.yml:6710887:1: the file is 57.2 MiB large, at most 32 MiB are read',
  );
});

describe('a file is read', () => {
  test('with a byte order mark', async () => {
    const file = join(directory, 'bom.yml');
    await writeFile(file, `\uFEFF${GOOD}`);
    expect((await loadConfig(file)).checks).toHaveLength(1);
  });

  test('through a symbolic link, as Kubernetes mounts it', async () => {
    await writeFile(join(directory, 'real.yml'), GOOD);
    await symlink('real.yml', join(directory, 'link.yml'));
    expect((await loadConfig(join(directory, 'link.yml'))).checks).toHaveLength(1);
  });

  test.skipIf(!realPart('pipe', ['mkfifo']))('from a pipe', async () => {
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [config] = await Promise.all([loadConfig(pipe), writeFile(pipe, GOOD)]);
    expect(config.checks).toHaveLength(1);
  });

  test.skipIf(!realPart('pipe', ['mkfifo']))(
    'from a pipe as long as it is waited for: it holds no thread, and its end is told',
    async () => {
      const pipe = join(directory, 'silent-pipe');
      execFileSync('mkfifo', [pipe]);
      // More than there are threads for files.
      const silent = await Promise.allSettled(Array.from({ length: 9 }, () => readText(pipe, 0.1)));
      expect(new Set(silent.map((one) => one.status === 'rejected' && one.reason.message))).toEqual(
        new Set([
          `${pipe}: is a pipe that nobody has written to for 0.1 seconds, a file is expected, or a pipe with a writer`,
        ]),
      );

      // Opened for both, which does not wait for a reader.
      const writer = await open(pipe, 'r+');
      await writer.write('# half of it\n');
      await expect(readText(pipe, 0.1)).rejects.toThrow(
        'is a pipe that has not ended within 0.1 seconds: whoever writes to it has to close it',
      );
      await writer.close();
    },
  );

  test.skipIf(!realPart('pipe', ['mkfifo']))(
    'up to its limit from a pipe that does not end',
    { timeout: PATIENCE_MS },
    async () => {
      const pipe = join(directory, 'endless-pipe');
      execFileSync('mkfifo', [pipe]);
      const [error] = await Promise.all([
        loadConfig(pipe).catch((reason: unknown) => reason),
        writeFile(pipe, endlessText()).catch((reason: unknown) => reason),
      ]);
      expect(String(error)).toContain('the file is larger, at most 32 MiB are read');
    },
  );
});

function* endlessText() {
  for (;;) yield Buffer.alloc(1_000_000, '# \n');
}

/** What is said of a file below the directory of the test, with its path cut to the name. */
async function refusal(name: string): Promise<string> {
  const error = await loadConfig(join(directory, name)).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConfigError);
  return String((error as ConfigError).message).replaceAll(`${directory}/`, '');
}

/** Root may read everything; for this long it is nobody. */
async function asOrdinaryUser(act: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    await act();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}
