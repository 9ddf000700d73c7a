import type { Command } from 'commander';
import { CliCommand } from '../cli-command.ts';
import { configCheckCommand } from './check.ts';
import { configInitCommand } from './init.ts';
import { configSchemaCommand } from './schema.ts';

/** `config`: what helps to write the configuration file; each subcommand has its own file. */
export function configCommand(): Command {
  return new CliCommand('config')
    .description('help with the configuration file')
    .example(
      'healthcheck-exporter config init healthcheck.yml',
      'Begin one, from what this host has.',
    )
    .example('healthcheck-exporter config check healthcheck.yml', 'Find every mistake in it.')
    .addCommand(configCheckCommand())
    .addCommand(configInitCommand())
    .addCommand(configSchemaCommand());
}
