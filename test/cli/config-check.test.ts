import { describe, expect, test } from 'vitest';
import { runCliInProcess } from '../support/cli-in-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const GOOD = 'checks: [{name: Memory, prober: memory}]\n';
const BAD = 'checks: [{name: Web, probr: http}]\nconcurency: 5\n';

/** The output with the directory left out. */
async function configCheck(
  files: Readonly<Record<string, string>>,
  words: readonly string[] = Object.keys(files),
) {
  const directory = await forThisTest(temporaryDirectory());
  for (const [name, text] of Object.entries(files)) await directory.write(name, text);
  const inPlace = words.map((word) => word.replace(/(?<=^|=)(?=\w+\.yml$)/, `${directory.path}/`));
  const { code, stdout, stderr } = await runCliInProcess(['config', 'check', ...inPlace]);
  const plain = (text: string) => text.replaceAll(`${directory.path}/`, '');
  return { code, stdout: plain(stdout), stderr: plain(stderr) };
}

describe('config check', () => {
  test('says what a good file holds', async () => {
    expect(await configCheck({ 'good.yml': GOOD })).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^good\.yml: valid, 1 check, \d+ modules with the built-in ones\n$/,
      ),
      stderr: '',
    });
  });

  test('says everything that is wrong with a bad one, with its lines, and what was meant', async () => {
    expect(await configCheck({ 'bad.yml': BAD })).toEqual({
      code: 2,
      stdout: '',
      stderr: `\
bad.yml:1:10: checks[0] needs a "prober:" or a "module:"
  1 | checks: [{name: Web, probr: http}]
               ^
bad.yml:1:22: unknown key "probr" in checks[0] (did you mean "prober"?)
  1 | checks: [{name: Web, probr: http}]
                           ^
bad.yml:2:1: unknown key "concurency" (did you mean "concurrency"?)
  2 | concurency: 5
      ^
3 problems found, nothing was started.
`,
    });
  });

  test('of several files says of each what there is to say', async () => {
    const { code, stdout, stderr } = await configCheck({
      'bad.yml': BAD,
      'good.yml': GOOD,
      'worse.yml': 'checks: {\n',
    });
    expect(code).toBe(2);
    expect(stdout).toMatch(/^good\.yml: valid, [^\n]*\n$/);
    expect(stderr).toMatch(/^bad\.yml:1:10: /);
    expect(stderr).toMatch(/^worse\.yml:\d+:\d+: /m);
    expect(stderr).toMatch(/\n4 problems found, nothing was started\.\n$/);
  });

  test('looks at the file of TLS and users too, also alone', async () => {
    const web = 'basic_auth_users: {me: plain}\n';
    const files = { 'good.yml': GOOD, 'web.yml': web };
    const both = await configCheck(files, ['good.yml', '--web.config.file=web.yml']);
    expect(both).toMatchObject({ code: 2, stdout: expect.stringMatching(/^good\.yml: valid, /) });
    expect(both.stderr).toMatch(/^web\.yml:1:\d+: .*\n/);
    const alone = await configCheck({ 'web.yml': '{}\n' }, ['--web.config.file=web.yml']);
    expect(alone).toEqual({
      code: 0,
      stdout: 'web.yml: valid, TLS off, 0 users\n',
      stderr: '',
    });
  });

  test('takes the file as "serve" does, and variables of the environment where asked to', async () => {
    const files = { 'checks.yml': 'concurrency: ${NOBODY_HAS_SET_THIS}\n' };
    const words = ['--config.file=checks.yml', '--config.expand-env'];
    const { code, stderr } = await configCheck(files, words);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^checks\.yml:1:14: .*NOBODY_HAS_SET_THIS/);
  });

  test('says that a file is not there', async () => {
    const { code, stderr } = await configCheck({}, ['missing.yml']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^missing\.yml: cannot be read: no such file\n/);
  });
});
