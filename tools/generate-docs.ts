import { writeFileSync } from 'node:fs';
import { renderCliReference } from './cli-reference.ts';
import { renderManPage } from './man-page.ts';
import { renderMetricsReference } from './metrics-reference.ts';
import { renderProberReference } from './prober-reference.ts';

const docs = new URL('../docs/', import.meta.url);
writeFileSync(new URL('probers.md', docs), renderProberReference());
writeFileSync(new URL('metrics.md', docs), renderMetricsReference());
writeFileSync(new URL('cli.md', docs), renderCliReference());
writeFileSync(new URL('healthcheck-exporter.1', docs), renderManPage());
