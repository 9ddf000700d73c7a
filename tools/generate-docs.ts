import { writeFileSync } from 'node:fs';
import { renderChecksSchema } from './checks-schema.ts';
import { renderMetricsReference } from './metrics-reference.ts';
import { renderProberReference } from './prober-reference.ts';

const docs = new URL('../docs/', import.meta.url);
writeFileSync(new URL('probers.md', docs), renderProberReference());
writeFileSync(new URL('metrics.md', docs), renderMetricsReference());
writeFileSync(new URL('schemas/checks.schema.json', docs), renderChecksSchema());
