import { Command } from 'commander';

/** A command line as somebody would type it, and what it is for. */
export interface Example {
  readonly line: string;
  /** A sentence. */
  readonly meaning: string;
}

/** A command that shows by examples what it is for: they lead its help, the man page and docs/cli.md. */
export class CliCommand extends Command {
  readonly examples: Example[] = [];

  /** @param line with the program's name. @param meaning a sentence. */
  example(line: string, meaning: string): this {
    this.examples.push({ line, meaning });
    return this;
  }
}
