import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { startChild } from '../support/child.ts';
import { runCliInProcess } from '../support/cli-in-process.ts';
import { eventually } from '../support/eventually.ts';
import { runExporter } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { realPart } from '../support/real-part.ts';
import { tcpServer } from '../support/servers.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const HEALTHY = 'checks: [{name: Memory, prober: memory}]';
const FAILING = `checks:
  - {name: Memory, prober: memory}
  - {name: 東京, target: "127.0.0.1:1", prober: tcp, labels: {team: web}}
  - {name: Port, target: "me:correct-horse@127.0.0.1:1", module: http_2xx}
`;

describe('the exit code of check', () => {
  test('is 0 where all is healthy', async () => {
    const { code, stdout, stderr } = await check(HEALTHY);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^✓ Memory {2}\S+\n\n1 check in \S+: 1 healthy, 0 failing\n$/);
  });

  test('is 0 where there is nothing to check', async () => {
    const { code, stdout } = await check('modules: {}');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^0 checks in \S+: 0 healthy, 0 failing\n$/);
  });

  test('is 1 where a check fails, and the table says why', async () => {
    const { code, stdout, stderr } = await check(FAILING);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout.replaceAll(/ *\d+(?:\.\d+)?m?s\b/g, ' 1ms')).toBe(`\
✓ Memory 1ms
✗ 東京 1ms  refused: connection refused by 127.0.0.1:1
✗ Port 1ms  refused: connection refused by 127.0.0.1:1

3 checks in 1ms: 1 healthy, 2 failing
`);
  });

  test('is 2 where the configuration is refused, and nothing is checked', async () => {
    const { code, stdout, stderr } = await check('checks: [{nam: Memory, prober: memory}]');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(
      'checks.yml:1:11: unknown key "nam" in checks[0] (did you mean "name"?)',
    );
    expect(stderr).toMatch(/\n2 problems found, nothing was started\.\n$/);
    expectNoStack(stderr);
  });

  test('is 2 where there is no such file', async () => {
    expect(await runCliInProcess(['check', '--config.file=/nowhere/c.yml'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr:
        '/nowhere/c.yml: cannot be read: no such file\n1 problem found, nothing was started.\n',
    });
  });
});

describe('the output of check', () => {
  test('has no colour where it goes to no terminal', async () => {
    const { stdout } = await check(FAILING, [], { FORCE_COLOR: '1', TERM: 'xterm-256color' });
    expect(stdout).toBe(stripVTControlCharacters(stdout));
  });

  describe.skipIf(!realPart('terminal', ['script']))('on a terminal', () => {
    test.each<[how: string, env: NodeJS.ProcessEnv, colored: boolean]>([
      ['has colour', { TERM: 'xterm-256color' }, true],
      ['has none with NO_COLOR', { TERM: 'xterm-256color', NO_COLOR: '1' }, false],
      ['has none where the terminal is dumb', { TERM: 'dumb' }, false],
    ])('%s', async (_, env, colored) => {
      const directory = await forThisTest(temporaryDirectory());
      const file = await directory.write('checks.yml', HEALTHY);
      const command = `'${process.execPath}' '${MAIN}' check --config.file='${file}'`;
      const child = await forThisTest(startChild('script', ['-qec', command, '/dev/null'], env));
      expect((await child.ended).code).toBe(0);
      expect(child.stdout().includes('\u001B[32m✓')).toBe(colored);
      expect(stripVTControlCharacters(child.stdout())).toMatch(/1 check in \S+: 1 healthy/);
    });
  });
});

describe('a reader that has gone', () => {
  test('is no reason for a stack trace', async () => {
    const pipe = `'${process.execPath}' '${MAIN}' --help | true`;
    const child = await forThisTest(startChild('sh', ['-c', pipe]));
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.stderr()).toBe('');
  });
});

describe('check that has too few descriptors', () => {
  test('skips what it cannot execute, says so and why, and exits with 1', async () => {
    const server = await tcpServer();
    const checks = Array.from({ length: 60 }, (_, index) => {
      return `{name: C${index}, target: "127.0.0.1:${server.port}", prober: tcp, timeout: 500ms, tcp: {query_response: [{expect: x}]}}`;
    });
    const directory = await forThisTest(temporaryDirectory());
    const file = await directory.write('checks.yml', `checks: [${checks}]`);
    const limited = `ulimit -n 60; exec "$0" "$@"`;
    const words = [process.execPath, MAIN, 'check', `--config.file=${file}`];
    const child = await forThisTest(startChild('sh', ['-c', limited, ...words]));
    expect(await child.ended).toEqual({ code: 1, signal: null });
    expect(child.stdout()).toMatch(/^– C\d+ +not executed$/m);
    expect(child.stdout()).toMatch(/\n60 checks in \S+: 0 healthy, \d+ failing, \d+ skipped\n$/);
    expect(child.stderr()).toMatch(
      /^checks skipped through no fault of their targets: cannot connect to .*: EMFILE$/m,
    );
  });
});

describe('check --json', () => {
  test('- writes JSON and nothing else to standard output', async () => {
    const { code, stdout, stderr } = await check(FAILING, ['--json', '-']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const { summary, checks, timestamp } = JSON.parse(stdout);
    expect(Date.parse(timestamp)).not.toBeNaN();
    expect(summary).toEqual({ total: 3, healthy: 1, failing: 2, skipped: 0 });
    expect(checks[1]).toEqual({
      name: '東京',
      target: '127.0.0.1:1',
      prober: 'tcp',
      module: null,
      labels: { team: 'web' },
      status: 'failing',
      reason: 'refused',
      message: 'connection refused by 127.0.0.1:1',
      duration_seconds: expect.any(Number),
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      since: checks[1].timestamp,
      log: null,
      history: {
        runs: 1,
        failures: 1,
        recent: [
          {
            timestamp: checks[1].timestamp,
            duration_seconds: checks[1].duration_seconds,
            success: false,
            reason: 'refused',
          },
        ],
      },
    });
    expect(checks[2]).toMatchObject({ module: 'http_2xx', target: '<secret>@127.0.0.1:1' });
    expect(stdout).not.toContain('correct-horse');
  });

  test('FILE writes the file, in place of what was there, and the table besides', async () => {
    const directory = await forThisTest(temporaryDirectory());
    const file = await directory.write('results.json', 'old '.repeat(5000));
    const { code, stdout } = await check(HEALTHY, [`--json=${file}`]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^✓ Memory/);
    const { checks } = JSON.parse(await readFile(file, 'utf8'));
    expect(checks).toMatchObject([{ name: 'Memory', target: '', status: 'healthy', reason: null }]);
  });

  test.each([
    ['', 'is a directory, a file is expected'],
    ['missing/results.json', 'no such directory'],
    ['file/results.json', 'a part of its path is no directory'],
  ])(
    'to where nothing can be written (%j) prints the table, says why, and exits with 2',
    async (name, why) => {
      const directory = await forThisTest(temporaryDirectory());
      await directory.write('file', '');
      const target = join(directory.path, name);
      const { code, stdout, stderr } = await check(HEALTHY, ['--json', target]);
      expect(code).toBe(2);
      expect(stdout).toMatch(/^✓ Memory/);
      expect(stderr).toBe(`--json: ${target} cannot be written: ${why}\n`);
    },
  );
});

describe('check, interrupted', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    'by %s, says so and exits with 2, long before its checks would end',
    async (signal) => {
      const reached = Promise.withResolvers<void>();
      const server = await tcpServer(() => reached.resolve());
      const directory = await forThisTest(temporaryDirectory());
      const file = await directory.write(
        'checks.yml',
        `checks: [{name: Silent, target: "127.0.0.1:${server.port}", prober: tcp, timeout: 1h, tcp: {query_response: [{expect: x}]}}]`,
      );
      const child = await forThisTest(
        startChild(process.execPath, [MAIN, 'check', `--config.file=${file}`]),
      );
      await reached.promise;
      child.kill(signal);
      expect(await child.ended).toEqual({ code: 2, signal: null });
      expect(child.stdout()).toBe('');
      expect(child.stderr()).toBe('interrupted: 0 of 1 checks were done\n');
    },
  );
});

test.skipIf(!realPart('pipe', ['mkfifo']))(
  'check ends when it is interrupted while nobody reads the pipe that it writes to',
  async () => {
    const directory = await forThisTest(temporaryDirectory());
    const file = await directory.write('checks.yml', 'checks: [{name: Memory, prober: memory}]');
    const pipe = join(directory.path, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const child = await forThisTest(
      startChild(process.execPath, [MAIN, 'check', `--config.file=${file}`, `--json=${pipe}`]),
    );
    await eventually(() => expect(child.stdout()).toMatch(/^✓ Memory/));
    child.kill('SIGINT');
    expect(await child.ended).toEqual({ code: 2, signal: null });
    expect(child.stderr()).toBe('interrupted while a file could be neither read nor written\n');
  },
);

describe('--config.check', () => {
  test('says what a good file holds, and starts nothing', async () => {
    const { code, stdout, stderr } = await onFile(FAILING, ['--config.check']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/checks\.yml: valid, 3 checks, \d+ modules with the built-in ones\n$/);
  });

  test('says everything that is wrong with a bad one', async () => {
    const { code, stdout, stderr } = await onFile('checks: [{name: a}]\nconcurrency: 0\n', [
      '--config.check',
    ]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.replaceAll(/^\S*checks\.yml/gm, 'checks.yml')).toBe(`\
checks.yml:1:10: checks[0] needs a "prober:" or a "module:"
  1 | checks: [{name: a}]
               ^
checks.yml:2:14: concurrency: expected a number of at least 1, got 0
  2 | concurrency: 0
                   ^
2 problems found, nothing was started.
`);
  });

  test('is content without a file', async () => {
    const { code, stdout } = await runCliInProcess(['--config.check']);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^embedded default: valid, 3 checks, \d+ modules with the built-in ones\n$/,
      ),
    });
  });
});

function check(config: string, words: readonly string[] = [], env?: NodeJS.ProcessEnv) {
  return onFile(config, ['check', ...words], env);
}

async function onFile(config: string, words: readonly string[], env?: NodeJS.ProcessEnv) {
  const directory = await forThisTest(temporaryDirectory());
  const file = await directory.write('checks.yml', config);
  const line = [...words, `--config.file=${file}`];
  // A process of its own costs more than all else; only what its environment says needs one.
  return env ? runExporter(line, env) : runCliInProcess(line);
}

function expectNoStack(text: string): void {
  expect(text).not.toMatch(/^\s+at |node:internal|\.ts:\d+:\d+\)/m);
}
