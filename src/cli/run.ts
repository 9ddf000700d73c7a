import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { suggestion } from '../config/explain.ts';
import { checkCommand } from './check.ts';
import { EXIT } from './exit.ts';
import { explainError } from './explain-error.ts';
import { healthcheckCommand } from './healthcheck.ts';
import { serveCommand } from './serve.ts';
import { DASHBOARDS, RULES, shippedFilesCommand } from './shipped-files.ts';

const EXAMPLES = `
Examples:
  healthcheck-exporter                                    serve this host's own checks on :10195
  healthcheck-exporter --config.file=healthcheck.yml      serve the checks of a file
  healthcheck-exporter check --config.file=healthcheck.yml
                                                          run them once; exit 0 healthy, 1 not, 2 could not run
  healthcheck-exporter --config.check --config.file=healthcheck.yml
                                                          look for mistakes in the file
  healthcheck-exporter rules > healthcheck-alerts.yml     the alert rules for Prometheus
  healthcheck-exporter rules --job='blackbox.*' --write=/etc/prometheus/rules
                                                          all rule files, for scrape jobs of other names
  healthcheck-exporter dashboards --write=dashboards      the Grafana dashboards
`;

/**
 * Runs one command line.
 *
 * @param words without the program's own name.
 * @returns the exit code: 0 fine, 1 some check fails, 2 could not run.
 */
export async function runCli(words: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  const setExitCode = (code: number) => {
    exitCode = code;
  };
  const version = readVersion();
  const serve = serveCommand({ version });
  const program = new Command('healthcheck-exporter')
    .description(
      'Prometheus exporter that runs the health checks of one YAML file at every scrape.',
    )
    .version(version)
    .addHelpText('after', `${serveFlagsHelp(serve)}\n${EXAMPLES}`)
    .addCommand(serve, { isDefault: true })
    .addCommand(checkCommand({ setExitCode }))
    .addCommand(healthcheckCommand({ setExitCode }))
    .addCommand(shippedFilesCommand(RULES, { setExitCode }))
    .addCommand(shippedFilesCommand(DASHBOARDS, { setExitCode }));
  for (const command of [program, ...program.commands]) {
    command.exitOverride().showSuggestionAfterError(false);
    command.configureOutput({ outputError: (text, write) => write(withSuggestion(text, command)) });
  }
  try {
    refuseUnknownCommand(program, words[0]);
    await program.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    return explainError(error);
  }
}

/** With a default command the parser takes an unknown one for an argument too many. */
function refuseUnknownCommand(program: Command, word: string | undefined): void {
  if (word === undefined || word.startsWith('-')) return;
  const known = [...program.commands.map((command) => command.name()), 'help'];
  if (known.includes(word)) return;
  const near = suggestion(word, known) || `, expected one of ${known.join(', ')}`;
  program.error(`error: unknown command '${word}'${near}`, { exitCode: EXIT.couldNotRun });
}

/** The flags of the default command, so that the first help a person reads shows them. */
function serveFlagsHelp(serve: Command): string {
  const help = serve.createHelp();
  const options = help.visibleOptions(serve).filter(({ long }) => long !== '--help');
  const width = Math.max(...options.map((option) => help.optionTerm(option).length));
  const lines = options.map((option) => {
    return `  ${help.optionTerm(option).padEnd(width)}  ${help.optionDescription(option)}`;
  });
  return ['', 'Flags of serve, the default command:', ...lines].join('\n');
}

/** Names the flag that was probably meant. The parser's own suggestion is put off by `=value`. */
function withSuggestion(error: string, command: Command): string {
  const late = /^error: too many arguments for 'serve'.*: (?<word>[a-z]+)/.exec(error)?.groups
    ?.word;
  if (command.parent?.commands.some((known) => known.name() === late)) {
    return `error: the command comes first, as in "healthcheck-exporter ${late} …"\n`;
  }
  const flag = /unknown option '(?<flag>--[^'=]+)/.exec(error)?.groups?.flag;
  if (flag === undefined) return error;
  const known = command.options.flatMap(({ long }) => long ?? []);
  return `${error.trimEnd()}${suggestion(flag, known)}\n`;
}

function readVersion(): string {
  // The same way up from src/cli and from dist/cli.
  const file = new URL('../../package.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).version;
}
