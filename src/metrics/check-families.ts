import type { Check, CheckView } from '../config/check.ts';
import type { MetricDeclaration, ProbeOutcome, Sample } from '../probers/contract.ts';
import { CHECK_METRICS } from './declarations.ts';
import { type Family, renderLabels, sampleLine } from './exposition.ts';

/** A check of which there is something to say. */
interface Verdict extends CheckView {
  readonly outcome: ProbeOutcome;
}

/** The gauges of one scrape, made anew from what it found out: a check that is gone leaves nothing behind. */
export function checkFamilies(views: readonly CheckView[]): Family[] {
  const verdicts = views.filter((view): view is Verdict => view.outcome !== undefined);
  const executed = verdicts.filter(({ fresh }) => fresh);
  const families = [
    gauge('probe_success', verdicts, ({ outcome }) => (outcome.success ? 1 : 0)),
    gauge('probe_result_age_seconds', verdicts, ({ ageSeconds }) => ageSeconds),
    failureFamily(verdicts),
    gauge('probe_duration_seconds', executed, ({ outcome }) => outcome.durationSeconds),
    gauge('probe_timeout_seconds', executed, ({ outcome }) => outcome.timeoutSeconds),
    ...sampleFamilies(executed),
  ];
  return families.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function gauge(
  name: keyof typeof CHECK_METRICS,
  verdicts: readonly Verdict[],
  read: (verdict: Verdict) => number,
): Family {
  const line = (verdict: Verdict) => sampleLine(name, seriesLabels(verdict.check), read(verdict));
  return { name, type: 'gauge', help: CHECK_METRICS[name].help, lines: mapped(verdicts, line) };
}

function failureFamily(verdicts: readonly Verdict[]): Family {
  const name = 'probe_failure_info';
  const failing = verdicts.filter(({ outcome }) => outcome.failure);
  const line = ({ check, outcome }: Verdict) => {
    const reason = renderLabels({ reason: outcome.failure?.reason ?? '' });
    return sampleLine(name, `${seriesLabels(check)},${reason}`, 1);
  };
  return { name, type: 'gauge', help: CHECK_METRICS[name].help, lines: mapped(failing, line) };
}

/** A metric, and the samples that the checks have of it, each at the place of its check. */
interface Group {
  readonly declared: MetricDeclaration | undefined;
  readonly checks: Check[];
  readonly samples: Sample[];
}

/** What the probers found out. A metric that several probers have is one family. */
function sampleFamilies(executed: readonly Verdict[]): Family[] {
  const groups = new Map<string, Group>();
  for (const { check, outcome } of executed) {
    for (const sample of outcome.samples) {
      let group = groups.get(sample.name);
      if (!group) {
        const declared = check.module.prober.metrics[sample.name];
        group = { declared, checks: [], samples: [] };
        groups.set(sample.name, group);
      }
      group.checks.push(check);
      group.samples.push(sample);
    }
  }
  return [...groups].map(([name, group]) => ({
    name,
    type: group.declared?.type ?? 'gauge',
    help: group.declared?.help ?? '',
    lines: groupLines(name, group),
  }));
}

function* groupLines(name: string, { checks, samples }: Group): Generator<string> {
  let index = 0;
  for (const sample of samples) {
    const check = checks[index++] as Check;
    yield sampleLine(name, sampleLabels(check, sample), sample.value);
  }
}

function* mapped<T>(items: readonly T[], line: (item: T) => string): Generator<string> {
  for (const item of items) yield line(item);
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

function sampleLabels(check: Check, { labels }: Sample): string {
  const own = seriesLabels(check);
  const names = Object.keys(labels);
  if (names.length === 0) return own;
  const { seriesLabels: taken } = check;
  if (!names.some((name) => Object.hasOwn(taken, name))) return `${own},${renderLabels(labels)}`;
  const renamed = names.map((name) => [freeName(name, taken, labels), labels[name] ?? '']);
  return `${own},${renderLabels(Object.fromEntries(renamed))}`;
}

/** A label that the check carries itself gets the prefix Prometheus gives in this case, until its name is free. */
function freeName(name: string, taken: Check['seriesLabels'], labels: Sample['labels']): string {
  let free = name;
  while (Object.hasOwn(taken, free) || (free !== name && free in labels)) free = `exported_${free}`;
  return free;
}
