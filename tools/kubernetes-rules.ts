import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { RULES, shippedPaths } from '../src/cli/shipped-files.ts';

/** `examples/kubernetes/prometheusrule.yaml`: the alert rules as the Prometheus operator wants them. */
export function renderPrometheusRules(): string {
  return shippedPaths(RULES).map(renderRule).join('---\n');
}

/** The text stands as it is, only farther to the right, so that its comments and its layout are kept. */
function renderRule(file: string): string {
  const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
  const groups = text.slice(text.search(/^groups:/m)).replace(/^(?=.)/gm, '  ');
  return `# Generated from ${file} by \`npm run kubernetes\`; do not edit.
# What the rules are about is said there.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: ${basename(file, '.yml')}
  labels: {app.kubernetes.io/name: healthcheck-exporter}
spec:
${groups}`;
}
