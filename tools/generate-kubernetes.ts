import { writeFileSync } from 'node:fs';
import { renderPrometheusRules } from './kubernetes-rules.ts';

const file = new URL('../examples/kubernetes/prometheusrule.yaml', import.meta.url);
writeFileSync(file, renderPrometheusRules());
