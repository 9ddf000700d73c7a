import { DECLARED_METRICS } from '../../tools/declared-metrics.ts';

/** Labels of every series Prometheus scrapes; `node` where examples/kubernetes says how. */
const TARGET_LABELS = ['job', 'instance', 'node'];
/** Labels of what is said about a check, by whichever way it is scraped. */
const CHECK_LABELS = [
  ...TARGET_LABELS,
  'check',
  'target',
  'prober',
  // Those that the examples set: on the scrape job of /probe, and under a check's `labels:`.
  'exporter',
  'module',
  'team',
  'severity',
];

/** The labels that series of each metric may have, by its name. */
export function labelsByMetric(): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    [...DECLARED_METRICS.values()].map(({ name, labels, about }) => {
      // Each check that /sd lists is a target, and so are those of /probe.
      const isOfChecks = about === 'check' || name === 'up';
      return [name, new Set([...(isOfChecks ? CHECK_LABELS : TARGET_LABELS), ...labels])];
    }),
  );
}
