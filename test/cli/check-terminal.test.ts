import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { configFile } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { tcpServer } from '../support/servers.ts';
import { hasTerminal, startTerminal } from '../support/terminal.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const PORT = '127.0.0.1:1';

describe.skipIf(!hasTerminal)('check on a terminal', { timeout: 40_000 }, () => {
  test('shows what is done, what fails and what is waited for, and of that nothing in the end', async () => {
    const { silent, release } = await silentCheck();
    const terminal = await check(
      `checks: [{name: Memory, prober: memory}, {name: Port, target: "${PORT}", prober: tcp}, ${silent}]`,
    );
    await eventually(async () => {
      expect(await drawn(terminal)).toMatch(
        /^✗ Port TIME {2}refused: connection refused by 127\.0\.0\.1:1\n2\/3 done, 1 failing(, TIME)?; waiting for Silent$/,
      );
    });
    release();
    expect(await terminal.exitCode()).toBe(1);
    expect(await drawn(terminal)).toBe(`\
✓ Memory TIME
✗ Port TIME  refused: connection refused by 127.0.0.1:1
✓ Silent TIME

3 checks in TIME: 2 healthy, 1 failing`);
  });

  test('that is interrupted tells what it has found out, in place of its progress', async () => {
    const { silent } = await silentCheck();
    const terminal = await check(
      `checks: [{name: Port, target: "${PORT}", prober: tcp}, ${silent}]`,
    );
    await eventually(async () => expect(await drawn(terminal)).toContain('1/2 done'));
    await terminal.press('C-c');
    expect(await terminal.exitCode()).toBe(2);
    expect(await drawn(terminal)).toBe(`\
✗ Port TIME  refused: connection refused by 127.0.0.1:1
– Silent not executed

2 checks in TIME: 0 healthy, 1 failing, 1 skipped
interrupted: 1 of 2 checks were done`);
  });

  test.each([
    [40, /^✗ 東京東京東京東京東… TIME {2}ref.*…\n✗ plain TIME {2}ref.*…\n\n2 checks/],
    [
      200,
      /^✗ 東京東京東京東京東京東京 end TIME {2}refused: .*\d:1\n✗ plain TIME {2}refused: .*\d:1\n\n2 checks/,
    ],
  ])('of %i columns cuts its lines there', async (columns, expected) => {
    const name = `${'東京'.repeat(6)} \\u202E end`;
    const terminal = await check(
      `checks: [{name: "${name}", target: "${PORT}", prober: tcp}, {name: plain, target: "${PORT}", prober: tcp}]`,
      { columns },
    );
    expect(await terminal.exitCode()).toBe(1);
    expect(await drawn(terminal)).toMatch(expected);
  });
});

describe.skipIf(!hasTerminal)('check --watch on a terminal', { timeout: 40_000 }, () => {
  test('draws each run over the one before, takes a changed file, and leaves the last one', async () => {
    const { file, write } = await forThisTest(
      configFile('checks: [{name: Memory, prober: memory}]'),
    );
    const terminal = await forThisTest(
      startTerminal([
        ...[process.execPath, MAIN, 'check', '--watch=200ms', `--config.file=${file}`],
      ]),
    );
    await eventually(async () => {
      expect(await drawn(terminal)).toMatch(
        /^✓ Memory TIME\n\n1 check in TIME: 1 healthy, 0 failing\nnext run in TIME, Ctrl-C ends$/,
      );
    });
    await write('checks.yml', 'checks: [{nam: Port}]');
    await eventually(async () => {
      expect(await drawn(terminal)).toMatch(
        /^✓ Memory(?:.*\n)+changed file refused: \S+checks\.yml:1:10: .*\n.*$/,
      );
    });
    await write('checks.yml', `checks: [{name: Port, target: "${PORT}", prober: tcp}]`);
    await eventually(async () => {
      expect(await drawn(terminal)).toMatch(
        /^✗ Port .*\n\n1 check in TIME: 0 healthy, 1 failing\nnext run/,
      );
    });
    await terminal.press('C-c');
    expect(await terminal.exitCode()).toBe(1);
    expect(await drawn(terminal)).toBe(`\
✗ Port TIME  refused: connection refused by 127.0.0.1:1

1 check in TIME: 0 healthy, 1 failing`);
  });

  test('shows what is wrong first where there is no room for all, and leaves no trace when it is resized', async () => {
    const healthy = Array.from({ length: 30 }, (_, index) => `{name: M${index}, prober: memory}`);
    const { file } = await forThisTest(
      configFile(`checks: [${healthy}, {name: Port, target: "${PORT}", prober: tcp}]`),
    );
    const terminal = await forThisTest(
      startTerminal([process.execPath, MAIN, 'check', '--watch=1h', `--config.file=${file}`], {
        columns: 60,
        rows: 8,
      }),
    );
    await eventually(async () => {
      expect(await drawn(terminal)).toMatch(
        /^✗ Port .*\n✓ M0 .*\n✓ M1 .*\n✓ M2 .*\n {2}and 27 more\n\n31 checks in TIME: 30 healthy, 1 failing\nnext run in \S+, Ctrl-C ends$/,
      );
    });
    await terminal.resize(30, 7);
    await eventually(async () => {
      expect(await drawn(terminal)).toMatch(
        /^✗ Port .*\n✓ M0 .*\n✓ M1 .*\n {2}and 28 more\n\n31 checks in .*…\nnext run in .*$/,
      );
    });
    await terminal.press('C-c');
    expect(await terminal.exitCode()).toBe(1);
  });
});

async function check(config: string, { columns = 80 } = {}) {
  const { file } = await forThisTest(configFile(config));
  return forThisTest(
    startTerminal([process.execPath, MAIN, 'check', `--config.file=${file}`], { columns }),
  );
}

/** A check whose server says nothing until it is told to. */
async function silentCheck() {
  const told = Promise.withResolvers<void>();
  const server = await tcpServer((socket) => void told.promise.then(() => socket.write('hello\n')));
  const silent = `{name: Silent, target: "127.0.0.1:${server.port}", prober: tcp, timeout: 1h, tcp: {query_response: [{expect: hello}]}}`;
  return { silent, release: told.resolve };
}

/** What stands on it; durations, and the columns in which they stand, are all the same. */
async function drawn(terminal: { screen: () => Promise<string> }): Promise<string> {
  const screen = await terminal.screen();
  return screen
    .replaceAll(/ *\b\d+(?:\.\d+)?m?s\b/g, ' TIME')
    .replaceAll(/ +not exec/g, ' not exec');
}
