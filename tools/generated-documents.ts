import { renderChecksSchema } from './checks-schema.ts';
import { renderCliReference } from './cli-reference.ts';
import { renderConfigurationReference } from './configuration-reference.ts';
import { renderJsonSchema } from './json-schemas.ts';
import { renderManPage } from './man-page.ts';
import { renderMetricsReference } from './metrics-reference.ts';
import { renderProberReference } from './prober-reference.ts';

/** Every file that `npm run docs` writes, by its path from the top of the project, and what makes its text. */
export const GENERATED_DOCUMENTS: Readonly<Record<string, () => string>> = {
  'docs/probers.md': renderProberReference,
  'docs/metrics.md': renderMetricsReference,
  'docs/cli.md': renderCliReference,
  'docs/man/healthcheck-exporter.1': renderManPage,
  'docs/configuration.md': renderConfigurationReference,
  'docs/schemas/config.schema.json': () => renderJsonSchema('config'),
  'docs/schemas/web-config.schema.json': () => renderJsonSchema('web-config'),
  'docs/schemas/checks.schema.json': renderChecksSchema,
};
