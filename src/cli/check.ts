import type { Command } from 'commander';
import { type CheckingOptions, startChecking, startReloadingChecking } from '../app/checking.ts';
import { environmentAllowsDrawing } from '../app/environment.ts';
import { createChangeLog } from './check/change-log.ts';
import { checkFlags } from './check/flags.ts';
import {
  type Outputs,
  outputsProblem,
  type Results,
  takesStdout,
  writeOutputs,
} from './check/outputs.ts';
import { createProgress, NO_PROGRESS } from './check/progress.ts';
import { createScreen } from './check/screen.ts';
import { type Wanted, withWantedChecks } from './check/selection.ts';
import { runAgainAndAgain, runOnce } from './check/watch.ts';
import { CliCommand } from './cli-command.ts';
import { EXIT } from './exit.ts';
import { configPlace, flags } from './flags.ts';
import { renderTable } from './table.ts';
import { lookOf } from './terminal.ts';
import { untilInterrupted } from './until-interrupted.ts';

interface CheckFlags extends Outputs, Wanted {
  readonly 'config.file'?: string;
  readonly 'config.expandEnv'?: boolean;
  /** In seconds. */
  readonly watch?: number;
}

/** `check`: runs every check once and tells people, or programs by JSON, metrics and exit code. */
export function checkCommand({ setExitCode }: { setExitCode: (code: number) => void }): Command {
  return new CliCommand('check')
    .description('run every check once and print the results')
    .example(
      'healthcheck-exporter check --config.file=healthcheck.yml',
      'A line a check; exit with 0 where all are healthy, with 1 where not.',
    )
    .example(
      'healthcheck-exporter check --config.file=healthcheck.yml --label=team=web',
      'Only those with this label.',
    )
    .example('healthcheck-exporter check --watch', 'This host itself, again and again.')
    .example('healthcheck-exporter check --json=-', 'The same for programs.')
    .example(
      'healthcheck-exporter check --prometheus=healthcheck.prom',
      "For node_exporter's textfile collector.",
    )
    .addOption(flags.configFile())
    .addOption(flags.expandEnv())
    .addOption(checkFlags.only())
    .addOption(checkFlags.label())
    .addOption(flags.json())
    .addOption(checkFlags.prometheus())
    .addOption(checkFlags.watch())
    .action(async (given: CheckFlags, command: Command) => {
      const problem = outputsProblem(given, given.watch !== undefined);
      if (problem) command.error(`error: ${problem}`, { exitCode: EXIT.couldNotRun });
      setExitCode(await untilInterrupted(NOTHING_DONE, (interrupted) => check(given, interrupted)));
    });
}

const NOTHING_DONE = 'interrupted before any check was begun';

async function check(given: CheckFlags, interrupted: AbortSignal): Promise<number> {
  const troubles = new Set<string>();
  const options = {
    ...configPlace(given),
    choose: (config) => withWantedChecks(config, given),
    troubled: (problem) => troubles.add(problem),
    signal: interrupted,
  } satisfies Omit<CheckingOptions, 'executed'>;
  try {
    return given.watch === undefined
      ? await checkOnce(given, options)
      : await watch(given, given.watch, options);
  } finally {
    for (const problem of troubles) process.stderr.write(`${problem}\n`);
  }
}

type Options = Omit<CheckingOptions, 'executed'>;

async function checkOnce(given: CheckFlags, options: Options): Promise<number> {
  const canDraw = process.stderr.isTTY === true && environmentAllowsDrawing();
  const progress = canDraw
    ? createProgress(process.stderr, () => lookOf(process.stderr))
    : NO_PROGRESS;
  const checking = await startChecking({ ...options, executed: progress.executed });
  progress.begin(checking.checks());
  const results = await runOnce(checking, options.signal).finally(progress.end);
  const done = results.views.filter(({ fresh }) => fresh).length;
  const isInterrupted = options.signal.aborted && done < results.views.length;
  // First the table: what was found out is told also where a file cannot be written.
  if (!takesStdout(given) && !(isInterrupted && done === 0)) print(results);
  if (isInterrupted) {
    throw new Error(`interrupted: ${done} of ${results.views.length} checks were done`);
  }
  await writeOutputs(results, given);
  return exitCodeOf(results);
}

async function watch(
  given: CheckFlags,
  intervalSeconds: number,
  options: Options,
): Promise<number> {
  const isScreen = process.stdout.isTTY === true && environmentAllowsDrawing();
  const { signal: interrupted } = options;
  const look = () => lookOf(process.stdout);
  const screen = isScreen
    ? createScreen(process.stdout, { look, checks: () => checking.checks(), intervalSeconds })
    : undefined;
  const checking = await startReloadingChecking({
    ...options,
    autoReloadSeconds: intervalSeconds,
    executed: (check, outcome) => screen?.executed(check, outcome),
    refused: (problems) => {
      if (screen) screen.note(problems && `changed file refused: ${problems}`);
      else if (problems !== undefined) process.stderr.write(`${problems}\n`);
    },
  });
  const last = await runAgainAndAgain(checking, {
    intervalSeconds,
    interrupted,
    view: screen ?? createChangeLog((text) => process.stdout.write(text), look()),
    write: (results) => writeOutputs(results, given),
  }).finally(() => {
    checking.stop();
    screen?.end();
  });
  if (!last) throw new Error('interrupted before every check was done');
  if (screen) print(last);
  return exitCodeOf(last);
}

function print({ report, seconds }: Results): void {
  process.stdout.write(renderTable(report, seconds, lookOf(process.stdout)));
}

function exitCodeOf({ report: { summary } }: Results): number {
  return summary.failing + summary.skipped === 0 ? EXIT.ok : EXIT.someFail;
}
