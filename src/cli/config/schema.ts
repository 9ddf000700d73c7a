import { Argument, type Command } from 'commander';
import { configJsonSchema } from '../../config/json-schema/config.ts';
import { webConfigJsonSchema } from '../../config/json-schema/web-config.ts';
import { CliCommand } from '../cli-command.ts';
import { oneOf } from '../flags.ts';

/** Files that a person writes, and what makes the JSON Schema of each. */
export const JSON_SCHEMAS = { config: configJsonSchema, 'web-config': webConfigJsonSchema };

const FILES = Object.keys(JSON_SCHEMAS);

/** `config schema`: prints what an editor needs to complete and check the file while it is written. */
export function configSchemaCommand(): Command {
  return new CliCommand('schema')
    .description('print the JSON Schema of a configuration file, for editors')
    .addArgument(
      new Argument('[file]', 'config: the checks and modules; web-config: TLS and users')
        .choices(FILES)
        .argParser(oneOf(FILES))
        .default('config'),
    )
    .example(
      'healthcheck-exporter config schema > config.schema.json',
      'Write it beside the file, whose first line then is "# yaml-language-server: $schema=config.schema.json".',
    )
    .example(
      'healthcheck-exporter config schema web-config > web-config.schema.json',
      'The same for the file of TLS and users.',
    )
    .action((file: keyof typeof JSON_SCHEMAS) => {
      process.stdout.write(`${JSON.stringify(JSON_SCHEMAS[file](), null, 2)}\n`);
    });
}
