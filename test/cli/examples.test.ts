import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allCommands } from '../../src/cli/completion/declared.ts';
import { createProgram } from '../../src/cli/program.ts';
import { startChild } from '../support/child.ts';
import { runCliInProcess } from '../support/cli-in-process.ts';
import { eventually } from '../support/eventually.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { httpServer, tcpServer } from '../support/servers.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const lines = allCommands(createProgram(() => {}).manual).flatMap(({ examples }) =>
  examples.map(({ line }) => line),
);

/** What the examples name. */
let directory: TemporaryDirectory;
beforeAll(async () => {
  directory = await temporaryDirectory();
  await directory.write(
    'healthcheck.yml',
    'checks: [{name: Memory, prober: memory, labels: {team: web}}]\n',
  );
  await directory.write('blackbox.yml', 'modules: {mine: {prober: tcp}}\n');
  await directory.write('web.yml', 'http_server_config: {http2: false}\n');
});
afterAll(() => directory[Symbol.asyncDispose]());

describe('the example of the help', () => {
  test.each([...new Set(lines)].map((line) => [line] as const))('%s', async (line) => {
    const { words, isPiped } = wordsOf(line);
    const found = await Promise.all(words.map(somethingHere));
    if (words.includes('--watch')) return expect(await watched(found)).toContain('Memory');
    const { code, stdout, stderr } = await runCliInProcess(
      isServing(words) ? [...found, '--config.check'] : found,
    );
    // No exporter needs to be alive here.
    if (words[0] === 'healthcheck') return expect(stderr).not.toContain('error: ');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    if (isPiped) expect(stdout.length).toBeGreaterThan(100);
    return undefined;
  });
});

/** The words of the command that a shell would see. None of them holds a space. */
function wordsOf(line: string): { words: string[]; isPiped: boolean } {
  const [, command = '', rest = ''] =
    /^(?:source <\()?healthcheck-exporter ?(.*?)(\)| \| source| > \S+)?$/.exec(line) ?? [];
  expect(command, line).not.toMatch(/[()|<>$"\s]{2}/);
  const words = command.split(' ').filter((word) => word !== '');
  return { words: words.map((word) => word.replaceAll("'", '')), isPiped: rest !== '' };
}

function isServing([first = '--']: readonly string[]): boolean {
  return first.startsWith('--');
}

/** In place of a file, one of {@link directory}; in place of a target, a server of this test. */
async function somethingHere(word: string): Promise<string> {
  if (word.startsWith('https://')) {
    const { port } = await httpServer((_request, response) => response.end());
    return `http://127.0.0.1:${port}`;
  }
  if (/^(?:localhost|db):\d+$/.test(word)) {
    const { port } = await tcpServer((socket) => socket.write('SSH-2.0-test\r\n'));
    return `127.0.0.1:${port}`;
  }
  return word.replace(/(?<==|^)(?=[a-z]+\.(?:yml|prom)$|(?<=--write=)\w)/, `${directory.path}/`);
}

async function watched(words: readonly string[]): Promise<string> {
  const child = await forThisTest(startChild(process.execPath, [MAIN, ...words]));
  await eventually(() => expect(child.stdout()).toContain('Memory'));
  child.kill('SIGINT');
  expect((await child.ended).signal).toBeNull();
  return child.stdout();
}
