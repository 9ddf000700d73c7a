import { DEBUG_VARIABLE, environmentWantsStacks } from '../app/environment.ts';
import { ConfigError } from '../config/problem.ts';
import { harmless } from '../lib/printable.ts';
import { EXIT } from './exit.ts';

/**
 * Says on standard error why a command could not do its work. A stack is shown to those only who asked for one.
 *
 * @returns the exit code.
 */
export function explainError(error: unknown): number {
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  const lines = errors.map(sentenceOf);
  const problems = errors.reduce<number>(
    (sum, one) => sum + (one instanceof ConfigError ? one.problems.length : 0),
    0,
  );
  if (problems > 0) lines.push(countProblems(problems));
  if (environmentWantsStacks()) lines.push(...errors.flatMap(stacksOf));
  else if (errors.some(isUnexpected)) {
    lines.push(
      `This is a fault of the program. ${DEBUG_VARIABLE}=1 in the environment shows where.`,
    );
  }
  // The names of files are part of it, and a file may be called anything.
  process.stderr.write(`${harmless(lines.join('\n'))}\n`);
  return EXIT.couldNotRun;
}

/** What the language itself throws is no sentence for users: nobody has seen it coming. */
function isUnexpected(error: unknown): boolean {
  return !(error instanceof Error) || LANGUAGE_ERRORS.some((kind) => error instanceof kind);
}

const LANGUAGE_ERRORS = [TypeError, RangeError, ReferenceError, SyntaxError, URIError] as const;

function sentenceOf(error: unknown): string {
  if (isUnexpected(error)) return `unexpected error: ${error}`;
  return error instanceof Error ? error.message : String(error);
}

/** Of the error and of what caused it. Nothing else of them is shown: other properties may hold a secret. */
function stacksOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  return [error.stack ?? String(error), ...stacksOf(error.cause)];
}

function countProblems(count: number): string {
  return count === 1
    ? '1 problem found, nothing was started.'
    : `${count} problems found, nothing was started.`;
}
