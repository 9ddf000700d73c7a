import { describe, expect, test, vi } from 'vitest';
import { runCli } from '../../src/cli/run.ts';

describe('a mistake on the command line is one sentence, and exit code 2:', () => {
  test.each<[words: string[], sentence: string]>([
    [['--cofig.file', 'x'], `unknown option '--cofig.file' (did you mean "--config.file"?)`],
    [['--cofig.file=x'], `unknown option '--cofig.file=x' (did you mean "--config.file"?)`],
    [
      ['serve', '--log.levle=warn'],
      `unknown option '--log.levle=warn' (did you mean "--log.level"?)`,
    ],
    [['check', '--jsn', 'x'], `unknown option '--jsn' (did you mean "--json"?)`],
    [['check', '--jsn=x'], `unknown option '--jsn=x' (did you mean "--json"?)`],
    [['--config'], `unknown option '--config' (did you mean "--config.file"?)`],
    [['--no-such-thing'], `unknown option '--no-such-thing'`],
    [['-x'], `unknown option '-x'`],
    [['chek'], `unknown command 'chek' (did you mean "check"?)`],
    [['sevre'], `unknown command 'sevre' (did you mean "serve"?)`],
    [['reload'], `unknown command 'reload', expected one of serve, check, help`],
    [[''], `unknown command '', expected one of serve, check, help`],
    [['check', 'now'], `too many arguments for 'check'. Expected 0 arguments but got 1: now.`],
    [['serve', 'now'], `too many arguments for 'serve'. Expected 0 arguments but got 1: now.`],
    [
      ['--config.file=x', 'check'],
      'the command comes first, as in "healthcheck-exporter check --config.file=…"',
    ],
    [['--config.file'], `option '--config.file <file>' argument missing`],
    [
      ['--config.file='],
      `option '--config.file <file>' argument '' is invalid. Expected the name of a file.`,
    ],
    [
      ['check', '--json='],
      `option '--json <file>' argument '' is invalid. Expected the name of a file.`,
    ],
    [
      ['--log.level', 'loud'],
      `option '--log.level <level>' argument 'loud' is invalid. Allowed choices are debug, info, warn, error.`,
    ],
    [
      ['--log.format=xml'],
      `option '--log.format <format>' argument 'xml' is invalid. Allowed choices are logfmt, json.`,
    ],
  ])('%j', async (words, sentence) => {
    expect(await run(words)).toEqual({ code: 2, stdout: '', stderr: `error: ${sentence}\n` });
  });

  test.each([
    ...['-1', 'abc', '', '1e400', 'NaN', '0.5s'].map((value) => [
      '--timeout-offset',
      value,
      'a number of seconds, 0 or more.',
    ]),
    ...['10195', 'localhost', ':99999', ':', '', 'a b:80', ':-1'].map((value) => [
      '--web.listen-address',
      value,
      'an address such as ":10195", "127.0.0.1:10195" or "[::1]:10195".',
    ]),
    ...['metrics', '', '/a b', '/:name', '/*'].map((value) => [
      '--web.telemetry-path',
      value,
      'a path such as "/metrics".',
    ]),
  ])('%s=%s', async (flag, value, expected) => {
    const { code, stdout, stderr } = await run([`${flag}=${value}`]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: option [^\n]*\n$/);
    expect(stderr).toContain(`'${flag} <`);
    expect(stderr).toContain(`argument '${value}' is invalid. Expected ${expected}`);
  });
});

test('--web.telemetry-path=/-/ready would hide an endpoint for operation', async () => {
  const { code, stderr } = await run(['--web.telemetry-path=/-/ready']);
  expect(code).toBe(2);
  expect(stderr).toContain('Paths that begin with "/-" are for operating the exporter.');
});

/** Runs a command line that goes wrong before anything is started, in this process. */
async function run(words: readonly string[]) {
  const output = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      output[stream] += text;
      return true;
    }),
  );
  try {
    return { code: await runCli(words), ...output };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
