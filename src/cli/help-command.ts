import { Argument, type Command } from 'commander';
import { CliCommand } from './cli-command.ts';
import { unknownCommand } from './misuse.ts';

/** `help`: of the program, or of the command that the words lead to. @param commands those that can be named first. */
export function helpCommand(commands: readonly Command[]): Command {
  const words = new Argument('[command...]', 'whose help to show');
  // For shells only: what else is wrong is said below, in words that fit.
  words.argChoices = commands.map((command) => command.name());
  return new CliCommand('help')
    .description('show the help of a command')
    .addArgument(words)
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
