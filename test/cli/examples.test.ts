import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
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

/** What the examples name, but for the files that they write. */
const FILES: Readonly<Record<string, string>> = {
  'healthcheck.yml': 'checks: [{name: Memory, prober: memory, labels: {team: web}}]\n',
  'blackbox.yml': 'modules: {mine: {prober: tcp}}\n',
  'web.yml': 'http_server_config: {http2: false}\n',
};

describe('the example of the help', () => {
  test.each([...new Set(lines)].map((line) => [line] as const))('%s', async (line) => {
    const { words, isPiped } = wordsOf(line);
    const directory = await forThisTest(temporaryDirectory());
    const read = words.includes('init') ? [] : Object.entries(FILES);
    for (const [name, text] of read) await directory.write(name, text);
    const found = await Promise.all(words.map((word) => somethingHere(word, directory)));
    if (words.includes('--watch')) return expect(await watched(found)).toContain('Memory');
    const { code, stdout, stderr } = await runCliInProcess(
      isServing(words) ? [...found, '--config.check'] : found,
    );
    // No exporter needs to be alive here.
    if (words[0] === 'healthcheck') return expect(stderr).not.toContain('error: ');
    expect({ isFine: codesOf(words).includes(code), stderr }).toEqual({ isFine: true, stderr: '' });
    if (isPiped) expect(stdout.length).toBeGreaterThan(100);
    return undefined;
  });
});

/** This host itself may be healthy or not. */
function codesOf(words: readonly string[]): number[] {
  const isHost = words[0] === 'check' && !words.some((word) => word.startsWith('--config.file'));
  return isHost ? [0, 1] : [0];
}

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

/** In place of a file, one of the directory; in place of a target, a server of this test. */
async function somethingHere(word: string, { path }: TemporaryDirectory): Promise<string> {
  if (word.startsWith('https://')) {
    const { port } = await httpServer((_request, response) => response.end());
    return `http://127.0.0.1:${port}`;
  }
  if (/^(?:localhost|db):\d+$/.test(word)) {
    const { port } = await tcpServer((socket) => socket.write('SSH-2.0-test\r\n'));
    return `127.0.0.1:${port}`;
  }
  return word.replace(/(?<==|^)(?=[a-z]+\.(?:yml|prom)$|(?<=--write=)\w)/, `${path}/`);
}

async function watched(words: readonly string[]): Promise<string> {
  const child = await forThisTest(startChild(process.execPath, [MAIN, ...words]));
  await eventually(() => expect(child.stdout()).toContain('Memory'));
  child.kill('SIGINT');
  expect((await child.ended).signal).toBeNull();
  return child.stdout();
}
