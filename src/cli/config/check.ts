import type { Command } from 'commander';
import { validateConfig, validateWebConfig } from '../../app/configuration.ts';
import { harmless } from '../../lib/printable.ts';
import { CliCommand } from '../cli-command.ts';
import { flags } from '../flags.ts';

interface ConfigCheckFlags {
  readonly 'config.file'?: string;
  readonly 'config.expandEnv'?: boolean;
  readonly 'web.config.file'?: string;
}

/** `config check`: finds every mistake in configuration files, and starts nothing. */
export function configCheckCommand(): Command {
  return (
    new CliCommand('check')
      .description('find every mistake in configuration files')
      .argument('[file...]', 'files of checks and modules')
      .example('healthcheck-exporter config check healthcheck.yml', 'Check one file.')
      .example(
        'healthcheck-exporter config check healthcheck.yml --web.config.file=web.yml',
        'Check it and the file of TLS and users.',
      )
      // Who knows it from "serve" may name the file in this way too.
      .addOption(flags.configFile().hideHelp())
      .addOption(flags.expandEnv())
      .addOption(flags.webConfigFile())
      .action(async (files: string[], given: ConfigCheckFlags, command: Command) => {
        const { 'config.file': file, 'web.config.file': webFile } = given;
        const configFiles = file === undefined ? files : [file, ...files];
        if (configFiles.length === 0 && webFile === undefined) {
          command.error('name a file, as in "healthcheck-exporter config check healthcheck.yml"');
        }
        const expandEnv = given['config.expandEnv'] ?? false;
        await validate([
          ...configFiles.map((configFile) => validateConfig({ configFile, expandEnv })),
          ...(webFile === undefined ? [] : [validateWebConfig(webFile)]),
        ]);
      })
  );
}

/**
 * Prints what is valid, one after another.
 *
 * @throws {ConfigError} of the file that is not; an AggregateError where several are not.
 */
async function validate(files: readonly Promise<string>[]): Promise<void> {
  const results = await Promise.allSettled(files);
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  for (const result of results) {
    if (result.status === 'fulfilled') process.stdout.write(`${harmless(result.value)}\n`);
  }
  if (errors.length > 1) throw new AggregateError(errors);
  if (errors.length === 1) throw errors[0];
}
