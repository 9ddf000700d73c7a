import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runCliInProcess } from '../support/cli-in-process.ts';
import { runExporter } from '../support/exporter-process.ts';

const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

describe('the help', () => {
  test('shows the commands, the flags of the default command and examples', async () => {
    const { code, stdout, stderr } = await runExporter(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const flag of [
      'config.file',
      'config.check',
      'web.listen-address',
      'web.telemetry-path',
    ]) {
      expect(stdout).toContain(`--${flag}`);
    }
    expect(stdout).toMatch(/^Run the health checks [^\n]*\n\nExamples:\n/);
    expect(stdout).toMatch(/^ {2}serve .*default command/m);
    expect(stdout).toMatch(/^ {2}check .*every check once/m);
    expect(stdout).toContain(':10195');
    expect(stdout).toContain('\nExit codes:\n  0 ');
  });

  test('of a command is the same, however it is asked for', async () => {
    const asked = [
      ['help', 'check'],
      ['check', '--help'],
      ['check', '-h'],
    ];
    const [first, ...others] = await Promise.all(asked.map((words) => runExporter(words)));
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first?.stdout).toMatch(/^Usage:\n {2}healthcheck-exporter check \[flags\]$/m);
    expect(first?.stdout).toContain('--json <file>');
    for (const other of others) expect(other).toEqual(first);
  });

  test('and the version are primary output', async () => {
    expect(await runExporter(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        new RegExp(`^healthcheck-exporter, version ${version}\\n  node version: +v\\d`),
      ),
      stderr: '',
    });
  });
});

describe('a mistake on the command line', () => {
  test.each([
    [['--cofig.file=x']],
    [['check', '--jsn', 'x']],
    [['chek']],
    [['--log.level=loud']],
    [['--web.listen-address=:99999']],
    [['--web.external-url=ftp://example.com/health']],
  ])('ends the process with one sentence and exit code 2: %j', async (words) => {
    const { code, stdout, stderr } = await runCliInProcess(words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
  });
});
