import { describe, expect, test } from 'vitest';
import { runCliInProcess } from '../support/cli-in-process.ts';

const COMMANDS = 'serve, check, probe, config, healthcheck, rules, dashboards, completion, help';

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
    [
      ['--no-such-thing'],
      `unknown option '--no-such-thing', see "healthcheck-exporter serve --help"`,
    ],
    [['-x'], `unknown option '-x', see "healthcheck-exporter serve --help"`],
    [
      ['config', 'check', '--strict'],
      `unknown option '--strict', see "healthcheck-exporter config check --help"`,
    ],
    [['-config.file=x'], `unknown option '-config.file=x', flags take two dashes: --config.file=x`],
    [
      ['-history.limit', '5'],
      `unknown option '-history.limit', flags take two dashes: --history.limit`,
    ],
    [
      ['--no-config.check'],
      `unknown option '--no-config.check', leave it out: --config.check is off unless it is given`,
    ],
    [['--no-config.file'], `unknown option '--no-config.file' (did you mean "--config.file"?)`],
    [
      ['--timeout-ofset=1'],
      `unknown option '--timeout-ofset=1' (did you mean "--timeout-offset"?)`,
    ],
    [['--help-man'], `unknown option '--help-man', use --help, or "man healthcheck-exporter"`],
    [
      ['check', '--web.listen-address=:1'],
      `unknown option '--web.listen-address=:1', a flag of "serve" and "healthcheck"`,
    ],
    [['chekc'], `unknown command 'chekc' (did you mean "check"?)`],
    [['version'], `unknown command 'version' (did you mean "--version"?)`],
    [
      ['healthcheck.yml'],
      `unknown command 'healthcheck.yml', a configuration is named by its flag: --config.file=healthcheck.yml`,
    ],
    [['check', 'my.yml'], 'a configuration is named by its flag: --config.file=my.yml'],
    [['serve', 'my.yaml'], 'a configuration is named by its flag: --config.file=my.yaml'],
    [
      ['https://example.com/'],
      `unknown command 'https://example.com/', a target is probed by "healthcheck-exporter probe https://example.com/"`,
    ],
    [['config', 'chekc'], `unknown command 'chekc' (did you mean "check"?)`],
    [
      ['config', 'my.yml'],
      `unknown command 'my.yml', a file is checked by "healthcheck-exporter config check my.yml"`,
    ],
    [['config', 'x'], `unknown command 'x', expected one of check, init, schema`],
    [['completion'], `missing required argument 'shell', expected one of bash, zsh, fish`],
    [
      ['config', 'schema', 'web-confg'],
      `argument <file> 'web-confg' is invalid. Expected one of config, web-config (did you mean "web-config"?).`,
    ],
    [['help', 'chekc'], `unknown command 'chekc' (did you mean "check"?)`],
    [['help', 'config', 'chk'], `unknown command 'chk', expected one of check, init, schema`],
    [['config', 'check'], `name a file, as in "healthcheck-exporter config check healthcheck.yml"`],
    [['chek'], `unknown command 'chek' (did you mean "check"?)`],
    [['sevre'], `unknown command 'sevre' (did you mean "serve"?)`],
    [['reload'], `unknown command 'reload', expected one of ${COMMANDS}`],
    [[''], `unknown command '', expected one of ${COMMANDS}`],
    [['check', 'now'], `too many arguments for 'check'. Expected 0 arguments but got 1: now.`],
    [['serve', 'now'], `too many arguments for 'serve'. Expected 0 arguments but got 1: now.`],
    [['--config.file=x', 'check'], 'the command comes first, as in "healthcheck-exporter check …"'],
    [
      ['--log.level=warn', 'rules', 'slo'],
      'the command comes first, as in "healthcheck-exporter rules …"',
    ],
    [['rules', 'alrts'], `there are no rules called 'alrts' (did you mean "alerts"?)`],
    [['rules', 'x'], `there are no rules called 'x', expected one of alerts, slo`],
    [['rules', ''], `there are no rules called '', expected one of alerts, slo`],
    [['dashboards', 'prob'], `there are no dashboards called 'prob' (did you mean "probe"?)`],
    [
      ['rules', 'alerts', 'slo'],
      `too many arguments for 'rules'. Expected 1 argument but got 2: alerts, slo.`,
    ],
    [
      ['completion', 'tcsh'],
      `argument <shell> 'tcsh' is invalid. Expected one of bash, zsh, fish.`,
    ],
    [['rules', '--force'], '--force has no effect without --write'],
    [['dashboards', '--force'], '--force has no effect without --write'],
    [['dashboards', '--job=x'], `unknown option '--job=x', a flag of "rules"`],
    [['rules', '--wirte=x'], `unknown option '--wirte=x' (did you mean "--write"?)`],
    [
      ['rules', '--write='],
      `option '--write <directory>' argument '' is invalid. Expected the name of a directory.`,
    ],
    [
      ['rules', '--job='],
      `option '--job <regex>' argument '' is invalid. Expected a regular expression such as "blackbox.*".`,
    ],
    [
      ['rules', '--job=a(b'],
      `option '--job <regex>' argument 'a(b' is invalid. "a(b" is no regular expression in RE2 syntax: missing closing ): \`a(b\``,
    ],
    [
      ['rules', '--job=a(?=b)'],
      `option '--job <regex>' argument 'a(?=b)' is invalid. "a(?=b)" is no regular expression in RE2 syntax: invalid or unsupported Perl syntax: \`(?=\``,
    ],
    [
      ['--web.systemd-socket', '--web.listen-address=:10195'],
      `option '--web.systemd-socket' cannot be used with option '--web.listen-address <address>'`,
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
      `option '--log.level <level>' argument 'loud' is invalid. Expected one of debug, info, warn, error.`,
    ],
    [
      ['--log.level=warning'],
      `option '--log.level <level>' argument 'warning' is invalid. Expected one of debug, info, warn, error (did you mean "warn"?).`,
    ],
    [
      ['--log.format=xml'],
      `option '--log.format <format>' argument 'xml' is invalid. Expected one of logfmt, json.`,
    ],
  ])('%j', async (words, sentence) => {
    expect(await runCliInProcess(words)).toEqual({
      code: 2,
      stdout: '',
      stderr: `error: ${sentence}\n`,
    });
  });

  test.each([
    ...['-1', 'abc', '', '1e400', 'NaN', '0.5s'].map((value) => [
      '--timeout-offset',
      value,
      'a number of seconds, 0 or more.',
    ]),
    ...['--web.max-requests', '--web.max-probes', '--history.limit'].flatMap((flag) =>
      ['-1', 'many', '', '1.5', '100001', '1e3'].map((value) => [
        flag,
        value,
        'a whole number from 0 to 100000.',
      ]),
    ),
    ...['10195', 'localhost', ':99999', ':', '', 'a b:80', ':-1', '%:1'].map((value) => [
      '--web.listen-address',
      value,
      'an address such as ":10195", "127.0.0.1:10195" or "[::1]:10195".',
    ]),
    ...['0', '', '3', 'soon', '-1s'].map((value) => [
      '--timeout',
      value,
      'a duration such as "3s" or "500ms".',
      'healthcheck',
    ]),
    ...['metrics', '', '/a b', '/:name', '/*'].map((value) => [
      '--web.telemetry-path',
      value,
      'a path such as "/metrics".',
    ]),
  ])('%s=%s', async (flag = '', value, expected, ...command) => {
    const { code, stdout, stderr } = await runCliInProcess([...command, `${flag}=${value}`]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: option [^\n]*\n$/);
    expect(stderr).toContain(`'${flag} <`);
    expect(stderr).toContain(`argument '${value}' is invalid. Expected ${expected}`);
  });
});

test.each([
  [['\u001B[31m'], String.raw`error: unknown command '\u001b[31m', expected`],
  [['config', 'check', '\u001B[2J.yml'], String.raw`\u001b[2J.yml: cannot be read: no such file`],
])('what a terminal would obey is shown: %j', async (words, beginning) => {
  const { code, stderr } = await runCliInProcess(words);
  expect(code).toBe(2);
  expect(stderr.slice(0, beginning.length)).toBe(beginning);
});

test('every unknown flag is named at once', async () => {
  const { code, stderr } = await runCliInProcess(['--cofig.file=x', '--log.levle', 'warn', '-x']);
  expect(code).toBe(2);
  expect(stderr).toBe(`\
error: unknown option '--cofig.file=x' (did you mean "--config.file"?)
error: unknown option '--log.levle' (did you mean "--log.level"?)
error: unknown option '-x', see "healthcheck-exporter serve --help"
`);
});

test.each(['/-/ready', '/-', '/probe', '/PROBE/', '/sd', '/logs', '/config', '/api/v1/checks'])(
  '--web.telemetry-path=%s would hide something else',
  async (path) => {
    const { code, stderr } = await runCliInProcess([`--web.telemetry-path=${path}`]);
    expect(code).toBe(2);
    expect(stderr).toContain('is invalid. The exporter answers something else there.');
  },
);
