import { afterEach, describe, expect, test, vi } from 'vitest';
import { runCliInProcess } from '../support/cli-in-process.ts';
import { startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';

const STACK = /^\s+at /m;
/** A fault that nobody catches, at a signal. */
const THROWS_LATE = "process.on('SIGUSR2', () => { throw new RangeError('late'); })";

const showStacks = () => vi.stubEnv('HEALTHCHECK_EXPORTER_DEBUG', '1');
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('an error that nobody has seen coming', () => {
  /** Runs a command whose report cannot be made, through a fault of the program. */
  async function checkWithFault() {
    vi.spyOn(Date.prototype, 'toISOString').mockImplementation(() => {
      throw new TypeError('broken');
    });
    return runCliInProcess(['check', '--json=-', '--only=Memory Usage']);
  }

  test('is a sentence that says how to get more, and exit code 2', async () => {
    expect(await checkWithFault()).toEqual({
      code: 2,
      stdout: '',
      stderr: `\
unexpected error: TypeError: broken
This is a fault of the program. HEALTHCHECK_EXPORTER_DEBUG=1 in the environment shows where.
`,
    });
  });

  test('shows its stack to those who ask for it', async () => {
    showStacks();
    const { code, stderr } = await checkWithFault();
    expect(code).toBe(2);
    expect(stderr).toMatch(/^unexpected error: TypeError: broken\n/);
    expect(stderr).toMatch(STACK);
    expect(stderr).not.toContain('fault of the program');
  });

  test('ends the exporter the same way where nothing catches it', async () => {
    const preload = `--import=data:text/javascript,${encodeURIComponent(THROWS_LATE)}`;
    const exporter = await forThisTest(startExporterProcess({ env: { NODE_OPTIONS: preload } }));
    exporter.process.kill('SIGUSR2');
    expect(await exporter.process.ended).toEqual({ code: 2, signal: null });
    const stderr = exporter.process.stderr();
    expect(stderr).toMatch(/\nunexpected error: RangeError: late\nThis is a fault/);
    expect(stderr).not.toMatch(STACK);
  });
});

test('an error that is explained shows no stack, and the one of its cause to those who ask for it', async () => {
  const words = ['check', '--json=/nowhere/results.json', '--only=Memory Usage'];
  const sentence = '--json: /nowhere/results.json cannot be written: no such directory\n';
  expect((await runCliInProcess(words)).stderr).toBe(sentence);
  showStacks();
  const { stderr } = await runCliInProcess(words);
  expect(stderr.startsWith(sentence)).toBe(true);
  expect(stderr).toMatch(/^Error: ENOENT: /m);
});
