import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCliInProcess } from '../support/cli-in-process.ts';
import { eventually } from '../support/eventually.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { realPart } from '../support/real-part.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { hasTerminal, startTerminal } from '../support/terminal.ts';

/** What somebody types before the tabulator, and every word that is offered then. */
const CASES: readonly (readonly [typed: string, offered: readonly string[]])[] = [
  ['--web.li', ['--web.listen-address']],
  ['check --js', ['--json']],
  ['completion ', ['bash', 'fish', 'zsh']],
  ['--log.level ', ['debug', 'error', 'info', 'warn']],
  ['--log.level=w', ['--log.level=warn']],
  ['--config.check --log.format l', ['logfmt']],
  ['conf', ['config']],
  ['config ch', ['check']],
  ['config check --web', ['--web.config.file']],
  ['rules s', ['slo']],
  ['help d', ['dashboards']],
  ['--config.file DIRECTORY/my', ['DIRECTORY/my checks.yml']],
  ['config check DIRECTORY/o', ['DIRECTORY/other.yml']],
  ['config init --write DIRECTORY/o', ['DIRECTORY/other.yml']],
  ['rules --write DIRECTORY/fo', ['DIRECTORY/folder/']],
];

/** The script of a shell, and files to complete. */
async function setUp(shell: string) {
  const directory = await forThisTest(temporaryDirectory());
  const { stdout } = await runCliInProcess(['completion', shell]);
  const script = await directory.write(`completion.${shell}`, stdout);
  await directory.write('my checks.yml', '');
  await directory.write('other.yml', '');
  execFileSync('mkdir', [join(directory.path, 'folder')]);
  const here = (text: string) => text.replace('DIRECTORY', directory.path);
  const cases = CASES.map(([typed, offered]) => {
    return { line: `healthcheck-exporter ${here(typed)}`, offered: offered.map(here) };
  });
  return { directory, script, cases };
}

describe.skipIf(!realPart('fish', ['fish']))('fish', () => {
  test('offers what fits, and nothing else', async () => {
    const { script, cases } = await setUp('fish');
    const ask = 'source $argv[1]; for line in $argv[2..]; complete -C $line; echo; end 2>&1';
    const lines = [
      ...cases.map(({ line }) => line),
      ...REFUSED.map((words) => `healthcheck-exporter ${words}`),
    ];
    const answer = execFileSync('fish', ['--no-config', '-c', ask, script, ...lines], {
      encoding: 'utf8',
    });
    const found = answer
      .split('\n\n')
      .map((part) => part.split('\n').flatMap((line) => line.split('\t')[0] || []));
    const wanted = cases.map(({ offered }) => offered);
    expect(found.slice(0, wanted.length)).toEqual(wanted);
    expect(found.slice(wanted.length).flat()).toEqual([]);
  });
});

/** Where nothing can be offered. */
const REFUSED = ['check --web', '--web.telemetry-path ', 'completion xy', '--config.check che'];

describe.skipIf(!hasTerminal || !realPart('bash', ['bash']))('bash', () => {
  test('completes what has been begun, and shows what can follow', async () => {
    const { directory, script, cases } = await setUp('bash');
    const rc = await directory.write(
      'bashrc',
      `PS1='> '; source '${script}'; bind 'set show-all-if-ambiguous on'; bind 'set bell-style none'\n`,
    );
    await completes(['bash', '--noprofile', '--rcfile', rc, '-i'], {}, cases);
  });
});

test.skipIf(!realPart('bash', ['bash']))(
  'bash takes no name of a file for a pattern, and executes none',
  async () => {
    const directory = await forThisTest(temporaryDirectory());
    const { stdout } = await runCliInProcess(['completion', 'bash']);
    const names = ['$(touch pwned).yml', 'x y.yml', 'x*.yml', 'xy.yml'];
    for (const name of names) await directory.write(name, '');
    const ask = `${stdout}
cd "$1"
COMP_WORDS=(healthcheck-exporter check --config.file "$2") COMP_CWORD=3
_healthcheck_exporter
printf '%s\\n' "\${COMPREPLY[@]}" | LC_ALL=C sort`;
    const offeredFor = (word: string) =>
      execFileSync('bash', ['--norc', '-c', ask, 'bash', directory.path, word], {
        encoding: 'utf8',
      }).trimEnd();
    expect(offeredFor('').split('\n')).toEqual(names);
    expect(offeredFor('x*')).toBe('x*.yml');
    expect(offeredFor('$(touch pwned)/')).toBe('');
    expect((await readdir(directory.path)).sort()).toEqual(names);
  },
);

describe.skipIf(!hasTerminal || !realPart('zsh', ['zsh']))('zsh', () => {
  test('completes what has been begun, and shows what can follow', async () => {
    const { directory, script, cases } = await setUp('zsh');
    await directory.write(
      '.zshrc',
      `PS1='> '; autoload -U compinit; compinit -u -D; source '${script}'; unsetopt list_beep\n`,
    );
    await completes(['zsh', '-d', '-i'], { ZDOTDIR: directory.path }, cases);
  });
});

/** Types each line into a shell, and reads what stands on the screen after the tabulator. */
async function completes(
  shell: readonly string[],
  env: NodeJS.ProcessEnv,
  cases: readonly { readonly line: string; readonly offered: readonly string[] }[],
): Promise<void> {
  const size = { columns: 120, rows: 50 };
  const terminal = await forThisTest(startTerminal(shell, { ...size, env }));
  for (const { line, offered } of cases) {
    await eventually(async () => expect(await terminal.screen()).toBe('>'));
    await terminal.press(line);
    await terminal.press('Tab');
    await eventually(async () => {
      const screen = (await terminal.screen()).replaceAll('\\ ', ' ');
      expect(wordsAfter(line, screen)).toEqual(expect.arrayContaining([...offered]));
    });
    await terminal.press('C-u');
    await terminal.press('C-l');
  }
}

/** What stands on the screen, without what had been typed. */
function wordsAfter(line: string, screen: string): string[] {
  const [first = '', ...rest] = screen.split('\n');
  const begun = line.slice(line.lastIndexOf(' ') + 1);
  const completed = begun + first.slice(`> ${line}`.length);
  // zsh adds a sign that it takes back.
  return [completed.trim().replace(/=$/, ''), ...rest.flatMap((row) => row.split(/\s+/))];
}
