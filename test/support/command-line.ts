import { appendFileSync } from 'node:fs';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { endOwnChildren } from './own-children.ts';

/** How a command ends that was told what it cannot do, and one that was interrupted. */
export const MISUSED_EXIT_CODE = 2;
export const INTERRUPTED_EXIT_CODE = 130;

/** For everything that was started to end after an interruption. */
const PATIENCE_MS = 10_000;

/** A flag that cannot be meant; the message says which. */
export class FlagProblem extends Error {
  override readonly name = 'FlagProblem';
}

/** As `parseArgs` of `node:util`. @throws {FlagProblem} for whatever is unknown. */
export function parseFlags<const Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new FlagProblem(`${(error as Error).message}; --help shows the flags`, { cause: error });
  }
}

/**
 * Runs a command of developers, and ends what it started.
 *
 * @returns the exit code of `command`, or that of misuse where it throws a {@link FlagProblem}, whose message is printed.
 */
export async function runCommand(command: () => Promise<number> | number): Promise<number> {
  try {
    return await command();
  } catch (error) {
    if (!(error instanceof FlagProblem)) throw error;
    process.stderr.write(`${error.message}\n`);
    return MISUSED_EXIT_CODE;
  } finally {
    endOwnChildren();
  }
}

/** @param who begins the sentence. @throws {FlagProblem} on a system without `/proc`. */
export function assertLinux(who: string): void {
  if (process.platform === 'linux') return;
  throw new FlagProblem(`${who} reads /proc, so it needs Linux; this is ${process.platform}`);
}

/** Before anything is measured, not after. @throws {FlagProblem} */
export function assertWritable(file: string): void {
  try {
    // What an earlier run wrote stays until this one is over.
    appendFileSync(file, '');
  } catch (error) {
    throw new FlagProblem(`--json: cannot write ${file}: ${(error as Error).message}`);
  }
}

/** Fires at Ctrl-C; what does not end soon after is ended with this process. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const interrupt = () => {
    controller.abort(new Error('interrupted'));
    setTimeout(() => {
      endOwnChildren();
      process.exit(INTERRUPTED_EXIT_CODE);
    }, PATIENCE_MS).unref();
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  return controller.signal;
}

/** Prints to standard output. @returns the exit code of success. */
export function print(text: string): 0 {
  process.stdout.write(text);
  return 0;
}
