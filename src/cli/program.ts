import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { checkCommand } from './check.ts';
import { CliCommand } from './cli-command.ts';
import { completionCommand } from './completion/command.ts';
import { configCommand } from './config/command.ts';
import { healthcheckCommand } from './healthcheck.ts';
import { renderHelp } from './help.ts';
import { helpCommand } from './help-command.ts';
import { type Manual, manualOf, withSubcommands, wordsOf } from './manual.ts';
import { probeCommand } from './probe.ts';
import { serveCommand } from './serve.ts';
import { DASHBOARDS, RULES, shippedFilesCommand } from './shipped-files.ts';

/** The whole command line, as the parser has it. */
export interface Program {
  readonly root: Command;
  /** What is meant where no command is named. */
  readonly serve: Command;
  readonly manual: Manual;
}

/** Declares every command. @param setExitCode is told what the exit code is to be where it is not 0. */
export function createProgram(setExitCode: (code: number) => void): Program {
  const version = readVersion();
  const serve = serveCommand({ version });
  const root = new CliCommand('healthcheck-exporter')
    .description('run the health checks of one YAML file at every scrape of Prometheus')
    .version(describeVersion(version), '-V, --version', 'print the version')
    .example('healthcheck-exporter', 'Serve checks of this host itself on port 10195.')
    .example(
      'healthcheck-exporter config init healthcheck.yml',
      'Begin a file of your own, from what this host has.',
    )
    .example(
      'healthcheck-exporter check --config.file=healthcheck.yml',
      'Run its checks once and print the results.',
    )
    .example('healthcheck-exporter --config.file=healthcheck.yml', 'Serve them to Prometheus.')
    .example('healthcheck-exporter rules > healthcheck-alerts.yml', 'Alert rules for Prometheus.')
    .example('healthcheck-exporter probe https://example.com', 'Probe one target.')
    .addCommand(serve, { isDefault: true })
    .addCommand(checkCommand({ setExitCode }))
    .addCommand(probeCommand({ setExitCode }))
    .addCommand(configCommand())
    .addCommand(healthcheckCommand({ setExitCode }))
    .addCommand(shippedFilesCommand(RULES, { setExitCode }))
    .addCommand(shippedFilesCommand(DASHBOARDS, { setExitCode }))
    .addCommand(completionCommand(() => manualOf(root, serve)));
  root.addCommand(helpCommand(root.commands));
  for (const command of withSubcommands(root)) {
    command
      .exitOverride()
      .helpOption('-h, --help', 'show this help')
      .showSuggestionAfterError(false)
      // What is wrong is told by who runs the program, in words of its own.
      .configureOutput({ outputError: () => {} })
      .configureHelp({
        formatHelp: (asked) => renderHelp(manualFor(asked, manualOf(root, serve))),
      });
  }
  return { root, serve, manual: manualOf(root, serve) };
}

function manualFor(command: Command, manual: Manual): Manual {
  const words = wordsOf(command);
  return words.reduce(
    (at, word) => at.commands.find((inner) => inner.words.at(-1) === word) ?? at,
    manual,
  );
}

/** As Prometheus and its exporters print it. */
function describeVersion(version: string): string {
  return `healthcheck-exporter, version ${version}
  node version:     ${process.version}
  platform:         ${process.platform}/${process.arch}`;
}

function readVersion(): string {
  // The same way up from src/cli and from dist/cli.
  const file = new URL('../../package.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).version;
}
