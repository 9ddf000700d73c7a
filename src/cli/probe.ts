import type { Command } from 'commander';
import { probeOnce } from '../app/probe-once.ts';
import type { Executed } from '../history/history.ts';
import { describeProbe } from '../web/probe-report.ts';
import { takesStdout, writeJson } from './check/outputs.ts';
import { CliCommand } from './cli-command.ts';
import { EXIT } from './exit.ts';
import { configPlace, flags } from './flags.ts';
import { probeReport } from './probe/report.ts';
import { tableLines } from './table.ts';
import { lookOf } from './terminal.ts';
import { untilInterrupted } from './until-interrupted.ts';

interface ProbeFlags {
  readonly module: string;
  readonly hostname?: string;
  readonly timeout: number;
  readonly debug?: boolean;
  readonly json?: string;
  readonly 'config.file'?: string;
  readonly 'config.expandEnv'?: boolean;
  readonly 'probe.credentialsToAnyTarget'?: boolean;
}

/** `probe`: one probe as `/probe` would make it, for people or, with `--json`, for programs. */
export function probeCommand({ setExitCode }: { setExitCode: (code: number) => void }): Command {
  return new CliCommand('probe')
    .description('probe one target as /probe would, and say what came of it')
    .argument('[target]', 'what to probe; modules that look at this host need none')
    .example(
      'healthcheck-exporter probe https://example.com',
      'Whether a page answers with 2xx; exit with 0 where it does, with 1 where not.',
    )
    .example(
      'healthcheck-exporter probe localhost:22 --module=ssh_banner --debug',
      'Every step, the metrics and the module, as /probe?debug=true shows them.',
    )
    .example(
      'healthcheck-exporter probe db:5432 --module=mine --config.file=blackbox.yml',
      'With a module of a file.',
    )
    .addOption(flags.module())
    .addOption(flags.hostname())
    .addOption(flags.timeout().default(10, '10s'))
    .addOption(flags.debug())
    .addOption(flags.json())
    .addOption(flags.modulesFile())
    .addOption(flags.expandEnv())
    .addOption(flags.credentialsToAnyTarget())
    .action(async (target: string | undefined, given: ProbeFlags) => {
      const executed = await untilInterrupted('interrupted', (signal) =>
        probeOnce({
          ...configPlace(given),
          target: target ?? '',
          module: given.module,
          hostname: given.hostname ?? '',
          timeoutSeconds: given.timeout,
          credentialsToAnyTarget: given['probe.credentialsToAnyTarget'] ?? false,
          signal,
        }),
      );
      // First for people: what was found out is told also where the file cannot be written.
      if (!takesStdout(given)) process.stdout.write(render(executed, given));
      await writeJson(given.json, probeReport(executed));
      setExitCode(executed.outcome.success ? EXIT.ok : EXIT.someFail);
    });
}

function render(executed: Executed, { debug }: ProbeFlags): string {
  const { outcome, target, module } = executed;
  const row = {
    name: target || module.name,
    status: outcome.success ? 'healthy' : 'failing',
    reason: outcome.failure?.reason ?? null,
    message: outcome.failure?.message ?? null,
    duration_seconds: outcome.durationSeconds,
  } as const;
  // Whoever probes one target wants to read all of what is wrong with it.
  const look = { ...lookOf(process.stdout), columns: undefined };
  const verdict = `${tableLines([row], look)}\n`;
  return debug ? `${verdict}\n${describeProbe(executed)}` : verdict;
}
