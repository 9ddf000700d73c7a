import type { MetricDeclarations, ProbeOutcome, Prober, Sample } from '../probers/contract.ts';
import { CHECK_METRICS } from './declarations.ts';
import { type Family, renderLabels, sampleLine, writeExposition } from './exposition.ts';

const OWN_METRICS = {
  probe_success: CHECK_METRICS.probe_success,
  probe_duration_seconds: CHECK_METRICS.probe_duration_seconds,
  probe_timeout_seconds: CHECK_METRICS.probe_timeout_seconds,
  probe_failure_info: CHECK_METRICS.probe_failure_info,
} as const;

/** One probe as `/probe` shows it: no labels but the metrics' own, nothing of the exporter's, the text format. */
export function writeProbe(prober: Prober, outcome: ProbeOutcome): string {
  return writeExposition(probeFamilies(prober, outcome), 'text');
}

function probeFamilies({ metrics }: Prober, outcome: ProbeOutcome): Family[] {
  const declared: MetricDeclarations = { ...metrics, ...OWN_METRICS };
  const families = Object.entries(declared).map(([name, { help, type = 'gauge', unreached }]) => {
    const samples = samplesOf(outcome, name);
    const shown =
      samples.length === 0 && unreached !== undefined
        ? [{ name, value: unreached, labels: {} }]
        : samples;
    return { name, help, type, lines: shown.map(writeSample) };
  });
  return families.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function samplesOf(outcome: ProbeOutcome, name: string): readonly Sample[] {
  const one = (value: number, labels = {}) => [{ name, value, labels }];
  switch (name) {
    case 'probe_success':
      return one(outcome.success ? 1 : 0);
    case 'probe_duration_seconds':
      return one(outcome.durationSeconds);
    case 'probe_timeout_seconds':
      return one(outcome.timeoutSeconds);
    case 'probe_failure_info':
      return outcome.failure ? one(1, { reason: outcome.failure.reason }) : [];
    default:
      return outcome.samples.filter((sample) => sample.name === name);
  }
}

function writeSample({ name, labels, value }: Sample): string {
  return sampleLine(name, renderLabels(labels), value);
}
