import { type CheckingOptions, startChecking } from '../../app/checking.ts';
import { environmentAllowsDrawing } from '../../app/environment.ts';
import { lookOf } from '../terminal.ts';
import { type Outputs, takesStdout, writeOutputs } from './outputs.ts';
import { createProgress, NO_PROGRESS, type Progress } from './progress.ts';
import { exitCodeOf, print, runOnce } from './results.ts';

/**
 * Runs every check once and tells what it found out, also where it is interrupted.
 *
 * @returns the exit code.
 * @throws {ConfigError} with every problem found; an Error that says what could not be done.
 */
export async function checkOnce(
  outputs: Outputs,
  options: Omit<CheckingOptions, 'executed'>,
): Promise<number> {
  const progress = progressOnStderr();
  const checking = await startChecking({ ...options, executed: progress.executed });
  progress.begin(checking.checks());
  const results = await runOnce(checking, options.signal).finally(progress.end);
  const { done, views } = results;
  const isInterrupted = options.signal.aborted && done < views.length;
  // First the table: what was found out is told also where a file cannot be written.
  if (!takesStdout(outputs) && !(isInterrupted && done === 0)) print(results);
  // Half of the results in the place of all would pass for all.
  if (isInterrupted) throw new Error(`interrupted: ${done} of ${views.length} checks were done`);
  await writeOutputs(results, outputs);
  return exitCodeOf(results);
}

/** Not on standard output, which may lead elsewhere. */
function progressOnStderr(): Progress {
  const { stderr } = process;
  const canDraw = stderr.isTTY === true && environmentAllowsDrawing();
  return canDraw ? createProgress(stderr, () => lookOf(stderr)) : NO_PROGRESS;
}
