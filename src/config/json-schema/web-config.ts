import type { JsonSchema } from '../../probers/shared/schema-hints.ts';
import { webBlockSchemas, webFileSchema } from '../web/schema.ts';
import { DRAFT } from './config.ts';
import { type Definitions, declared } from './declared.ts';
import { tolerant } from './tolerant.ts';

const TOLERANCE = { variables: false, goValues: true };

/** The JSON Schema of the web configuration file, for editors. */
export function webConfigJsonSchema(): JsonSchema {
  const keys = declared(webFileSchema).schema.properties as Definitions;
  const blocks = Object.entries(webBlockSchemas).map(([name, schema]) => [
    name,
    {
      ...tolerant(declared(schema).schema, TOLERANCE),
      description: keys[name]?.description,
      type: ['object', 'null'],
    },
  ]);
  return {
    $schema: DRAFT,
    title: 'Web configuration of healthcheck-exporter',
    // An empty file asks for nothing.
    type: ['object', 'null'],
    properties: Object.fromEntries(blocks),
    additionalProperties: false,
  } as unknown as JsonSchema;
}
