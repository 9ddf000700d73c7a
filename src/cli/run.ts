import { CommanderError } from 'commander';
import { harmless } from '../lib/printable.ts';
import { EXIT } from './exit.ts';
import { explainError } from './explain-error.ts';
import { explainMisuse, findMisuse } from './misuse.ts';
import { createProgram } from './program.ts';

/**
 * Runs one command line.
 *
 * @param words without the program's own name.
 * @param willNotServe is called before another command than `serve` begins its work.
 * @returns the exit code: 0 fine, 1 some check fails, 2 could not run.
 */
export async function runCli(
  words: readonly string[],
  { willNotServe = () => {} }: { willNotServe?: () => void } = {},
): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram((code) => {
    exitCode = code;
  });
  program.root.hook('preAction', (_root, command) => {
    if (command !== program.serve) willNotServe();
  });
  const misuse = findMisuse(program, words);
  if (misuse.length > 0) return refuse(misuse);
  try {
    await program.root.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return explainError(error);
    if (error.exitCode === 0) return EXIT.ok;
    // Help for who named no command has been shown.
    return refuse(error.code === 'commander.help' ? [] : explainMisuse(error, program, words));
  }
}

function refuse(sentences: readonly string[]): number {
  process.stderr.write(harmless(sentences.map((sentence) => `error: ${sentence}\n`).join('')));
  return EXIT.couldNotRun;
}
