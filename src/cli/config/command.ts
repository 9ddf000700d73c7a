import { Command } from 'commander';
import { configCheckCommand } from './check.ts';
import { configInitCommand } from './init.ts';

/** `config`: what helps to write the configuration file; each subcommand has its own file. */
export function configCommand(): Command {
  return new Command('config')
    .description('help with the configuration file')
    .addCommand(configCheckCommand())
    .addCommand(configInitCommand());
}
