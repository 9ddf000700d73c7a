import { z } from 'zod';
import { checkReport } from '../src/web/status/report-schema.ts';

/** The JSON Schema of what `/api/v1/checks` answers and `check --json` writes, as it is published. */
export function renderChecksSchema(): string {
  const schema = z.toJSONSchema(checkReport, {
    // It would stand at the lists alone, and says nothing of a document that everybody only reads.
    override: ({ jsonSchema }) => delete jsonSchema.readOnly,
  });
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
