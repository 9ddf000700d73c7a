import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { allCommands } from '../../src/cli/completion/declared.ts';
import { renderHelp } from '../../src/cli/help.ts';
import { createProgram } from '../../src/cli/program.ts';
import { ENVIRONMENT } from '../../tools/cli-facts.ts';
import { realPart } from '../support/real-part.ts';
import { ROOT } from './source-files.ts';

const MAN_PAGE = 'docs/man/healthcheck-exporter.1';
const { manual } = createProgram(() => {});
const commands = allCommands(manual);

describe.each(commands.map((command) => [command.name, command] as const))('%s', (_, command) => {
  test('shows its examples first, in lines that fit a terminal', () => {
    const help = renderHelp(command);
    expect(help.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(help).toMatch(/^[^\n]+\n\nExamples:\n {2}# [A-Z][^\n]*\n/);
  });

  test('has sentences to say what things are', () => {
    const meanings = [
      ...command.operands.map(({ meaning }) => meaning),
      ...command.flagGroups.flatMap(({ flags }) => flags.map(({ meaning }) => meaning)),
    ];
    expect([command.summary, ...meanings].filter((text) => !/^\S.*[^.\s]$/.test(text))).toEqual([]);
    const said = command.examples.map(({ meaning }) => meaning);
    expect(said.filter((text) => !/^[A-Z].*\.$/.test(text))).toEqual([]);
  });
});

test('every variable that the program reads is documented', () => {
  const documented = ENVIRONMENT.flatMap(([names]) => names.split(', '));
  const read = [
    ...readFileSync(join(ROOT, 'src/app/environment.ts'), 'utf8').matchAll(
      /process\.env\.(?<name>\w+)|\{(?<names>[^{}]*)\} = process\.env/g,
    ),
  ].flatMap(({ groups }) => (groups?.name ?? groups?.names ?? '').trim().split(', '));
  expect(read.length).toBeGreaterThan(3);
  expect(documented).toEqual(expect.arrayContaining(read));
});

describe.skipIf(!realPart('man page', ['mandoc', 'groff']))('the man page', () => {
  const run = (command: string, ...words: string[]) =>
    execFileSync(command, [...words, join(ROOT, MAN_PAGE)], { encoding: 'utf8', stdio: 'pipe' });

  test('pleases mandoc', () => {
    // It would have a date at its top, which would not be that of the program.
    const isDate = (line: string) => line.includes('missing date');
    const said = readAnyway(() => run('mandoc', '-Tlint', '-Wwarning'));
    expect(said.split('\n').filter((line) => line !== '' && !isDate(line))).toEqual([]);
  });

  test('pleases groff, and shows flags as they are typed', () => {
    const page = execFileSync(
      'groff',
      ['-man', '-ww', '-Tascii', '-P-cbou', join(ROOT, MAN_PAGE)],
      {
        encoding: 'utf8',
        stdio: 'pipe',
      },
    );
    expect(page).toMatch(/^ +--log\.level level$/m);
    expect(page).toMatch(/^ +healthcheck-exporter rules --job='blackbox\.\*' --write=rules$/m);
  });
});

/** mandoc says what it found on standard output, and exits with a code for it. */
function readAnyway(run: () => string): string {
  try {
    return run();
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout ?? error);
  }
}
