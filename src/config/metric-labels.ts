import type { Prober } from '../probers/contract.ts';

const known = new WeakMap<Prober, ReadonlySet<string>>();

/** The labels that a prober's own metrics have: a check cannot have others of the same name. */
export function metricLabelsOf(prober: Prober): ReadonlySet<string> {
  let labels = known.get(prober);
  if (!labels) {
    labels = new Set(Object.values(prober.metrics).flatMap(({ labels = [] }) => labels));
    known.set(prober, labels);
  }
  return labels;
}
