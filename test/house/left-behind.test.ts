import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import config from '../../vitest.config.ts';
import { startChild } from '../support/child.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { ROOT } from './source-files.ts';

const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');
const LEAKING = join(import.meta.dirname, 'leaking/vitest.config.ts');
const GUARD = 'test/support/leave-nothing-behind.ts';

/** What vitest's reporter writes, as far as it is read here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
  }[];
}

test('every test file of every project runs under the guard', () => {
  const { setupFiles, projects = [] } = config.test ?? {};
  expect(setupFiles).toContain(GUARD);
  for (const project of projects) {
    expect(project).toMatchObject({ extends: true });
    expect(project).not.toHaveProperty('test.setupFiles');
  }
});

describe('a test file that leaves something behind fails, and says what', () => {
  const isLinux = existsSync('/proc/self/fd');
  const reported = runLeaking();

  test.each([
    ['server', /TCPServerWrap: 1 \(since "closes nothing"\)/],
    ['timer', /Timeout: 1/],
    ...(isLinux
      ? ([
          ['socket', /descriptor of socket: 1/],
          ['child', /child process sleep 20: 1 \(since "ends no child"\)/],
          ['file', /descriptor of .*file\.leak\.ts: 1 \(since "keeps a file open"\)/],
        ] as const)
      : []),
  ] as const)('a %s', async (name, expected) => {
    const { status, message } = (await reported)(name);
    expect(status).toBe('failed');
    expect(message).toContain('this test file left behind what it had opened');
    expect(message).toMatch(expected);
    // Those before it in the same process are not held against it.
    expect(message.match(/^ {2}\S/gm)?.length).toBeLessThanOrEqual(2);
  });

  test('one that closes what it opened passes beside them', async () => {
    expect((await reported)('nothing').status).toBe('passed');
  });
});

/** Runs the files that leak; resolves with what is said of one of them, by its name. */
async function runLeaking() {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'report.json');
  const args = [VITEST, 'run', `--config=${LEAKING}`, '--reporter=json', `--outputFile=${file}`];
  const child = startChild(process.execPath, args);
  // It is expected to fail; what it says is judged.
  await child.ended;
  const { testResults } = JSON.parse(await readFile(file, 'utf8')) as Report;
  return (name: string) => {
    const found = testResults.find((result) => result.name.endsWith(`/${name}.leak.ts`));
    if (!found) throw new Error(`nothing is said of ${name}: ${child.stdout()}${child.stderr()}`);
    return found;
  };
}
