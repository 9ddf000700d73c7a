import { Argument, type Command } from 'commander';
import { CliCommand } from '../cli-command.ts';
import { oneOf } from '../flags.ts';
import type { Manual } from '../manual.ts';
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { zshCompletion } from './zsh.ts';

const SHELLS: Readonly<Record<string, (manual: Manual) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/**
 * `completion`: prints what makes a shell complete commands, flags and their values.
 *
 * @param manual is asked for when all commands are there.
 */
export function completionCommand(manual: () => Manual): Command {
  const shells = Object.keys(SHELLS);
  return new CliCommand('completion')
    .description('print what makes a shell complete commands, flags and their values')
    .addArgument(
      new Argument('<shell>', 'whose completion to print').choices(shells).argParser(oneOf(shells)),
    )
    .example('source <(healthcheck-exporter completion bash)', 'In ~/.bashrc.')
    .example(
      'source <(healthcheck-exporter completion zsh)',
      'In ~/.zshrc, behind the line that has compinit.',
    )
    .example('healthcheck-exporter completion fish | source', 'In ~/.config/fish/config.fish.')
    .action((shell: string) => void process.stdout.write(SHELLS[shell]?.(manual()) ?? ''));
}
