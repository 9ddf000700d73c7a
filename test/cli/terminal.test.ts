import { WriteStream } from 'node:tty';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { lookOf } from '../../src/cli/terminal.ts';

afterEach(() => vi.unstubAllEnvs());

describe('signs outside ASCII are written', () => {
  test.each<[env: Record<string, string>, isTTY: boolean, unicode: boolean]>([
    [{}, true, true],
    [{}, false, true],
    [{ LANG: 'en_US.UTF-8' }, true, true],
    [{ LANG: 'C.utf8' }, false, true],
    [{ LANG: 'C' }, false, false],
    [{ LANG: 'de_DE.ISO-8859-1' }, true, false],
    [{ LANG: 'en_US.UTF-8', LC_ALL: 'POSIX' }, true, false],
    [{ LANG: 'C', LC_CTYPE: 'C.UTF-8' }, true, true],
    [{ LANG: 'en_US.UTF-8', TERM: 'linux' }, true, false],
    [{ LANG: 'en_US.UTF-8', TERM: 'linux' }, false, true],
  ])('with %j, to a terminal %j: %j', (env, isTTY, unicode) => {
    for (const name of ['LC_ALL', 'LC_CTYPE', 'LANG', 'TERM']) vi.stubEnv(name, env[name] ?? '');
    const stream = Object.assign(Object.create(WriteStream.prototype), { isTTY, columns: 80 });
    expect(lookOf(stream).unicode).toBe(unicode);
  });
});
