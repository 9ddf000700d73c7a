import { mkdirSync, writeFileSync } from 'node:fs';
import { renderChecksSchema } from './checks-schema.ts';
import { renderCliReference } from './cli-reference.ts';
import { renderConfigurationReference } from './configuration-reference.ts';
import { renderJsonSchema } from './json-schemas.ts';
import { renderManPage } from './man-page.ts';
import { renderMetricsReference } from './metrics-reference.ts';
import { renderProberReference } from './prober-reference.ts';

const docs = new URL('../docs/', import.meta.url);
for (const folder of ['schemas/', 'man/']) mkdirSync(new URL(folder, docs), { recursive: true });
writeFileSync(new URL('probers.md', docs), renderProberReference());
writeFileSync(new URL('metrics.md', docs), renderMetricsReference());
writeFileSync(new URL('cli.md', docs), renderCliReference());
writeFileSync(new URL('man/healthcheck-exporter.1', docs), renderManPage());
writeFileSync(new URL('configuration.md', docs), renderConfigurationReference());
writeFileSync(new URL('schemas/config.schema.json', docs), renderJsonSchema('config'));
writeFileSync(new URL('schemas/web-config.schema.json', docs), renderJsonSchema('web-config'));
writeFileSync(new URL('schemas/checks.schema.json', docs), renderChecksSchema());
