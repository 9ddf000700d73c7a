import { basename, dirname } from 'node:path';
import type { Command } from 'commander';
import { starterConfig } from '../../config/starter/starter.ts';
import { CliCommand } from '../cli-command.ts';
import { flags } from '../flags.ts';
import { writeFiles } from '../write-files.ts';

interface ConfigInitFlags {
  readonly write?: string;
  readonly force?: boolean;
}

/** `config init`: a first configuration, from what this host has. */
export function configInitCommand(): Command {
  return new CliCommand('init')
    .description('print or write a first configuration, from what this host has')
    .example(
      'healthcheck-exporter config init',
      'Print it: disks, services and ports of this host, each with what to change.',
    )
    .example(
      'healthcheck-exporter config init --write=healthcheck.yml',
      'Write it into a file, unless there is one that differs.',
    )
    .addOption(flags.writeFile())
    .addOption(flags.force())
    .action(async ({ write, force = false }: ConfigInitFlags, command: Command) => {
      if (force && write === undefined) {
        command.error('--force has no effect without --write');
      }
      const text = await starterConfig(write);
      if (write === undefined) process.stdout.write(text);
      else await writeStarter(write, text, force);
    });
}

async function writeStarter(file: string, text: string, force: boolean): Promise<void> {
  const files = [{ name: basename(file), text }];
  const { lines, problems } = await writeFiles(dirname(file), files, force);
  if (problems.length > 0) throw new Error([...problems, 'nothing was written'].join('\n'));
  for (const line of lines) process.stdout.write(`${line}\n`);
}
