import type { Check, CheckView } from '../config/check.ts';
import type { MetricDeclaration, ProbeOutcome, Sample } from '../probers/contract.ts';
import { CHECK_METRICS } from './declarations.ts';
import { type Family, renderLabels, sampleLine } from './exposition.ts';

/** The gauges of one scrape, made anew from what it found out: a check that is gone leaves nothing behind. */
export function checkFamilies(views: Iterable<CheckView>): Family[] {
  const families = new Map<string, Family>();
  const add = (
    declared: MetricDeclaration | undefined,
    name: string,
    labels: string,
    value: number,
  ) => {
    let family = families.get(name);
    if (!family) {
      family = { name, type: declared?.type ?? 'gauge', help: declared?.help ?? '', lines: [] };
      families.set(name, family);
    }
    family.lines.push(sampleLine(name, labels, value));
  };

  for (const view of views) {
    const { check, outcome } = view;
    if (!outcome) continue;
    const own = seriesLabels(check);
    addVerdict(view, outcome, own, (name, labels, value) =>
      add(CHECK_METRICS[name], name, labels, value),
    );
    if (!view.fresh) continue;
    add(
      CHECK_METRICS.probe_duration_seconds,
      'probe_duration_seconds',
      own,
      outcome.durationSeconds,
    );
    add(CHECK_METRICS.probe_timeout_seconds, 'probe_timeout_seconds', own, outcome.timeoutSeconds);
    for (const sample of outcome.samples) {
      add(
        check.module.prober.metrics[sample.name],
        sample.name,
        sampleLabels(check, own, sample),
        sample.value,
      );
    }
  }
  return [...families.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The part of a check that is repeated while it is skipped. */
function addVerdict(
  { ageSeconds }: CheckView,
  { success, failure }: ProbeOutcome,
  own: string,
  add: (name: keyof typeof CHECK_METRICS, labels: string, value: number) => void,
): void {
  add('probe_success', own, success ? 1 : 0);
  add('probe_result_age_seconds', own, ageSeconds);
  if (failure) add('probe_failure_info', `${own},${renderLabels({ reason: failure.reason })}`, 1);
}

const rendered = new WeakMap<Check, string>();

/** The labels all series of a check carry, rendered once. */
export function seriesLabels(check: Check): string {
  let labels = rendered.get(check);
  if (labels === undefined) {
    labels = renderLabels(check.seriesLabels);
    rendered.set(check, labels);
  }
  return labels;
}

function sampleLabels(check: Check, own: string, { labels }: Sample): string {
  const names = Object.keys(labels);
  if (names.length === 0) return own;
  const taken = new Set(Object.keys(check.seriesLabels));
  if (names.every((name) => !taken.has(name))) return `${own},${renderLabels(labels)}`;
  const renamed = names.map((name) => [freeName(name, taken, labels), labels[name] ?? '']);
  return `${own},${renderLabels(Object.fromEntries(renamed))}`;
}

/** A label that the check carries itself gets the prefix Prometheus gives in this case, until its name is free. */
function freeName(name: string, taken: ReadonlySet<string>, labels: Sample['labels']): string {
  let free = name;
  while (taken.has(free) || (free !== name && free in labels)) free = `exported_${free}`;
  return free;
}
