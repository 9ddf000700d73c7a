import { basename, dirname } from 'node:path';
import { Command } from 'commander';
import { starterConfig } from '../../config/starter/starter.ts';
import { flags } from '../flags.ts';
import { writeFiles } from '../write-files.ts';

interface ConfigInitFlags {
  readonly write?: string;
  readonly force?: boolean;
}

/** `config init`: a first configuration, from what this host has. */
export function configInitCommand(): Command {
  return new Command('init')
    .description('print or write a first configuration, from what this host has')
    .addOption(flags.writeFile())
    .addOption(flags.force())
    .action(async ({ write, force = false }: ConfigInitFlags, command: Command) => {
      if (force && write === undefined) {
        command.error('error: --force has no effect without --write');
      }
      const text = await starterConfig();
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
