import { describe, expect, test } from 'vitest';
import { runExporter, startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';

const DEBUG = { HEALTHCHECK_EXPORTER_DEBUG: '1' };
const STACK = /^\s+at /m;
/** A fault in what every report needs. */
const BROKEN_DATES = preload(
  "Date.prototype.toISOString = () => { throw new TypeError('broken'); }",
);
/** A fault that nobody catches, at a signal. */
const THROWS_LATE = preload("process.on('SIGUSR2', () => { throw new RangeError('late'); })");

describe('an error that nobody has seen coming', () => {
  test('is a sentence that says how to get more, and exit code 2', async () => {
    const { code, stdout, stderr } = await runExporter(['check', '--json=-'], BROKEN_DATES);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(`\
unexpected error: TypeError: broken
This is a fault of the program. HEALTHCHECK_EXPORTER_DEBUG=1 in the environment shows where.
`);
  });

  test('shows its stack to those who ask for it', async () => {
    const { code, stderr } = await runExporter(['check', '--json=-'], {
      ...BROKEN_DATES,
      ...DEBUG,
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^unexpected error: TypeError: broken\n/);
    expect(stderr).toMatch(STACK);
    expect(stderr).not.toContain('fault of the program');
  });

  test('ends the exporter the same way where nothing catches it', async () => {
    const exporter = await forThisTest(startExporterProcess({ env: THROWS_LATE }));
    exporter.process.kill('SIGUSR2');
    expect(await exporter.process.ended).toEqual({ code: 2, signal: null });
    expect(exporter.process.stderr()).toMatch(
      /\nunexpected error: RangeError: late\nThis is a fault/,
    );
    expect(exporter.process.stderr()).not.toMatch(STACK);
  });
});

test('an error that is explained shows no stack, and the one of its cause to those who ask for it', async () => {
  const words = ['check', '--json=/nowhere/results.json'];
  const sentence = '--json: /nowhere/results.json cannot be written: no such directory\n';
  expect((await runExporter(words)).stderr).toBe(sentence);
  const { stderr } = await runExporter(words, DEBUG);
  expect(stderr.startsWith(sentence)).toBe(true);
  expect(stderr).toMatch(/^Error: ENOENT: /m);
});

/** What makes a program run some code before its own. */
function preload(code: string): NodeJS.ProcessEnv {
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}
