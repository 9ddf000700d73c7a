import type { Command } from 'commander';
import type { CheckingOptions } from '../app/checking.ts';
import { checkFlags } from './check/flags.ts';
import { checkOnce } from './check/once.ts';
import { type Outputs, outputsProblem } from './check/outputs.ts';
import { type Wanted, withWantedChecks } from './check/selection.ts';
import { createTroubles } from './check/troubles.ts';
import { watchChecks } from './check/watch.ts';
import { CliCommand } from './cli-command.ts';
import { configPlace, flags } from './flags.ts';
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
    .example(
      'healthcheck-exporter check --config.file=healthcheck.yml --json=-',
      'The same for programs.',
    )
    .example(
      'healthcheck-exporter check --config.file=healthcheck.yml --prometheus=hc.prom',
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
      if (problem) command.error(problem);
      setExitCode(await untilInterrupted(NOTHING_DONE, (interrupted) => check(given, interrupted)));
    });
}

const NOTHING_DONE = 'interrupted before any check was begun';

async function check(given: CheckFlags, interrupted: AbortSignal): Promise<number> {
  const troubles = createTroubles();
  const options = {
    ...configPlace(given),
    choose: (config) => withWantedChecks(config, given),
    troubled: troubles.add,
    signal: interrupted,
  } satisfies Omit<CheckingOptions, 'executed'>;
  try {
    return given.watch === undefined
      ? await checkOnce(given, options)
      : await watchChecks(given.watch, given, options);
  } finally {
    troubles.tell();
  }
}
