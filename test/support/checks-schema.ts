import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

const ajv = new Ajv2020({ allErrors: true });
formats.default(ajv);
const file = new URL('../../docs/schemas/checks.schema.json', import.meta.url);
const validate = ajv.compile(JSON.parse(readFileSync(file, 'utf8')));

/** In what a document differs from the published schema of `/api/v1/checks`: nothing, or a line for each place. */
export function differencesFromSchema(document: unknown): string[] {
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
