import type { Command } from 'commander';
import { CliCommand } from './cli-command.ts';
import { unknownCommand } from './misuse.ts';

/** `help`: of the program, or of the command that the words lead to. */
export function helpCommand(): Command {
  return new CliCommand('help')
    .description('show the help of a command')
    .argument('[command...]', 'whose help to show')
    .example('healthcheck-exporter help check', 'The flags of "check".')
    .example('healthcheck-exporter help config check', 'The same of a command below another.')
    .action((words: string[], _given, help: Command) => {
      let asked: Command = help.parent ?? help;
      for (const word of words) {
        const next = asked.commands.find((command) => command.name() === word);
        if (!next) return help.error(unknownCommand(word, asked));
        asked = next;
      }
      asked.outputHelp();
    });
}
