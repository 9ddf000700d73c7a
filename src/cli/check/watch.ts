import { setTimeout as sleep } from 'node:timers/promises';
import { type CheckingOptions, startReloadingChecking } from '../../app/checking.ts';
import { environmentAllowsDrawing } from '../../app/environment.ts';
import { lookOf } from '../terminal.ts';
import { createChangeLog } from './change-log.ts';
import { type Outputs, writeOutputs } from './outputs.ts';
import { exitCodeOf, type Results, runOnce } from './results.ts';
import { createScreen } from './screen.ts';
import type { WatchView } from './watch-view.ts';

/**
 * Runs every check again and again until it is interrupted, and takes a changed file.
 *
 * @param intervalSeconds from the end of a run to the start of the next.
 * @returns the exit code of the last run that came to its end.
 * @throws {ConfigError} with every problem of the file at its start; an Error that says what could not be done.
 */
export async function watchChecks(
  intervalSeconds: number,
  outputs: Outputs,
  options: Omit<CheckingOptions, 'executed'>,
): Promise<number> {
  const view = viewOnStdout(intervalSeconds);
  const checking = await startReloadingChecking({
    ...options,
    autoReloadSeconds: intervalSeconds,
    executed: view.executed,
    refused: view.refused,
  });
  const gone = stdoutGone();
  const interrupted = AbortSignal.any([options.signal, gone.signal]);
  let last: Results | undefined;
  try {
    while (!interrupted.aborted) {
      view.begin(checking.checks());
      const results = await runOnce(checking, interrupted);
      if (interrupted.aborted && results.done < results.views.length) break;
      last = results;
      view.show(results);
      await writeOutputs(results, outputs);
      await sleep(intervalSeconds * 1000, undefined, { signal: interrupted }).catch(() => {});
    }
  } finally {
    checking.stop();
    view.end(last);
    gone[Symbol.dispose]();
  }
  if (!last) throw new Error('interrupted before every check was done');
  return exitCodeOf(last);
}

/** Fires when nobody reads any more what is said (`check --watch | head`): it would go on for ever, unseen. */
function stdoutGone(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const leave = () => controller.abort(new Error('standard output is closed'));
  process.stdout.once('error', leave);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => process.stdout.off('error', leave),
  };
}

function viewOnStdout(intervalSeconds: number): WatchView {
  const { stdout } = process;
  const look = () => lookOf(stdout);
  const canDraw = stdout.isTTY === true && environmentAllowsDrawing();
  return canDraw ? createScreen(stdout, { look, intervalSeconds }) : createChangeLog(look());
}
