import {
  BLACKBOX_METRICS,
  CHECK_METRICS,
  LIVING_METRICS,
  SELF_METRICS,
  TEXTFILE_METRICS,
} from '../src/metrics/declarations.ts';
import { REASONS } from '../src/probers/failure.ts';
import { table } from './markdown-table.ts';

/** `docs/metrics.md`: what every check has, and what the exporter says of itself. */
export function renderMetricsReference(): string {
  return `# Metrics

Generated from \`src/metrics/declarations.ts\` by \`npm run docs\`; do not edit. What a prober adds stands in
[configuration.md](configuration.md#probers).

## Every check

All series of a check carry \`check\` (its name), \`target\` (absent for checks of this host), \`prober\` and the check's own
\`labels:\`. A skipped check keeps \`probe_success\`, \`probe_failure_info\` and \`probe_result_age_seconds\` of its last run.

${metricTable(Object.entries(CHECK_METRICS).map(([name, declared]) => [name, 'gauge', declared.help]))}

These live on between scrapes:

${metricTable(Object.entries(LIVING_METRICS).map(([name, { type, help }]) => [name, type, help]))}

\`reason\` is one of ${REASONS.map((reason) => `\`${reason}\``).join(', ')}.

## On /probe

\`probe_success\`, \`probe_duration_seconds\`, \`probe_timeout_seconds\` and \`probe_failure_info\`, and what the prober
found out, without labels but the metrics' own. Where a table in [configuration.md](configuration.md#probers) says so, a metric that the probe did
not get as far as is shown as 0, as blackbox_exporter does; \`/metrics\` leaves it out.

## In the file of check --prometheus

What \`/metrics\` has of the checks that were executed, but for \`probe_result_age_seconds\` and what lives on between scrapes;
besides:

${metricTable(Object.entries(TEXTFILE_METRICS).map(([name, { help }]) => [name, 'gauge', help]))}

## The exporter itself

${metricTable([SELF_METRICS, BLACKBOX_METRICS].flatMap(selfRows))}

Besides, the process (\`process_*\`) and Node.js (\`nodejs_*\`).
`;
}

function selfRows(declared: Readonly<Record<string, { name: string; help: string }>>) {
  return Object.values(declared).map(({ name, help }) => [name, typeOfSelf(name), help] as const);
}

function typeOfSelf(name: string): string {
  if (name.endsWith('_total')) return 'counter';
  return name === SELF_METRICS.queueWait.name ? 'histogram' : 'gauge';
}

function metricTable(rows: readonly (readonly [name: string, type: string, help: string])[]) {
  return table(
    ['metric', 'type', 'meaning'],
    rows.map(([name, type, help]) => [`\`${name}\``, type, help]),
  );
}
