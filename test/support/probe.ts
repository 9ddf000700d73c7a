import { executeProbe } from '../../src/engine/envelope.ts';
import type { ProbeOutcome, Prober } from '../../src/probers/contract.ts';
import { type Gate, OPEN_GATE } from '../../src/probers/shared/gate.ts';

/** Runs one prober the way the engine does: options parsed by its own schema, the real envelope around it. */
export async function probe(
  prober: Prober,
  target: string,
  options: Record<string, unknown> = {},
  { timeoutSeconds = 5, gate = OPEN_GATE }: { timeoutSeconds?: number; gate?: Gate } = {},
): Promise<
  ProbeOutcome & { value: (name: string, labels?: Record<string, string>) => number | undefined }
> {
  const outcome = await executeProbe(
    { prober, target, options: prober.options.parse(options), gate },
    timeoutSeconds,
    new AbortController().signal,
  );
  if (!outcome) throw new Error('the probe was cut off');
  return {
    ...outcome,
    value: (name, labels = {}) =>
      outcome.samples.find(
        (sample) =>
          sample.name === name &&
          Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
      )?.value,
  };
}
