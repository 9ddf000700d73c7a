import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild } from '../support/child.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const VITEST = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));

/** What a run of tests came to. */
export interface TestRun {
  readonly passed: number;
  /** Those that failed: file, title and why. */
  readonly failed: readonly string[];
  readonly skipped: number;
}

interface Report {
  readonly numPassedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/**
 * Runs tests in a process of their own.
 *
 * @param args for vitest: files, `--project=…`, `--sequence.shuffle`.
 * @param launcher a command that runs the one given after it, in an environment of its own making.
 * @throws where the run itself fails.
 */
export async function runTests(
  args: readonly string[],
  { env = {}, launcher = [] }: { env?: NodeJS.ProcessEnv; launcher?: readonly string[] } = {},
): Promise<TestRun> {
  await using directory = await temporaryDirectory();
  const file = join(directory.path, 'report.json');
  const [command = process.execPath, ...rest] = [
    ...launcher,
    ...[process.execPath, VITEST, 'run', '--reporter=json', `--outputFile=${file}`, ...args],
  ];
  await using child = startChild(command, rest, env);
  const { code } = await child.ended;
  const report = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Error(`the tests ended with ${code} and no report:\n${child.stderr()}`, {
      cause: error,
    });
  });
  const { numPassedTests, numPendingTests, testResults } = JSON.parse(report) as Report;
  const failed = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const titles = assertionResults.filter((one) => one.status === 'failed');
    if (titles.length > 0) {
      return titles.map(({ fullName, failureMessages }) =>
        [`${name}: ${fullName}`, ...failureMessages].join('\n'),
      );
    }
    return status === 'failed' ? [`${name}: ${message}`] : [];
  });
  // Errors outside of tests fail a run of which every test passed.
  if (code !== 0 && failed.length === 0)
    failed.push(`the run ended with ${code}:\n${child.stderr()}`);
  return { passed: numPassedTests, failed, skipped: numPendingTests };
}
