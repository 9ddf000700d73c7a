import { JSON_SCHEMAS } from '../src/cli/config/schema.ts';

/** A JSON Schema as `config schema` prints it. */
export function renderJsonSchema(file: keyof typeof JSON_SCHEMAS): string {
  return `${JSON.stringify(JSON_SCHEMAS[file](), null, 2)}\n`;
}
