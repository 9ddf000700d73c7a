import { DECLARED_METRICS } from '../../tools/declared-metrics.ts';

/** Labels of every series Prometheus scrapes. */
const TARGET_LABELS = ['job', 'instance'];
/** Labels of what is said about a check, by whichever way it is scraped. */
const CHECK_LABELS = [
  ...TARGET_LABELS,
  ...['check', 'target', 'prober'],
  // Those that the examples set: on the scrape job of /probe, and under a check's `labels:`.
  ...['exporter', 'module', 'team', 'severity'],
];
/** What Prometheus itself makes, with the labels it gives. */
const OF_PROMETHEUS = {
  up: CHECK_LABELS,
  ALERTS: [...CHECK_LABELS, 'alertname', 'alertstate', 'window'],
};

/** The labels that series of each metric may have, by its name. */
export function labelsByMetric(): ReadonlyMap<string, ReadonlySet<string>> {
  const declared = [...DECLARED_METRICS.values()].map(
    ({ name, labels, about }) =>
      [name, [...(about === 'check' ? CHECK_LABELS : TARGET_LABELS), ...labels]] as const,
  );
  return new Map(
    [...declared, ...Object.entries(OF_PROMETHEUS)].map(([name, labels]) => [
      name,
      new Set(labels),
    ]),
  );
}
