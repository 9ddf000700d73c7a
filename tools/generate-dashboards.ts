import { mkdirSync, writeFileSync } from 'node:fs';
import { renderDashboards } from './dashboards/index.ts';

const folder = new URL('../examples/grafana/dashboards/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [file, text] of renderDashboards()) writeFileSync(new URL(file, folder), text);
