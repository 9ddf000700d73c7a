import { executeProbe } from '../../src/engine/envelope.ts';
import { writeProbe } from '../../src/metrics/probe-families.ts';
import { OPEN_GATE } from '../../src/probers/shared/gate.ts';
import { makeCheck } from './checks.ts';
import { type ReadFamily, readExposition } from './exposition-reader.ts';
import { fc } from './property.ts';
import { anyText, anyValue } from './random-exposition.ts';
import { fresh, metricsOf, render } from './rendered-metrics.ts';

/** What a prober is told by its target and hands on: a label value, and a number. */
export interface HostileSample {
  readonly text: string;
  readonly value: number;
}

/** Label values of up to some thousand characters. */
export const hostileSamples: fc.Arbitrary<HostileSample[]> = fc.array(
  fc.record({
    text: fc.tuple(anyText, fc.nat(600)).map(([text, times]) => text.repeat(times).slice(0, 4000)),
    value: anyValue,
  }),
  { maxLength: 4 },
);

/** Values of labels are cut here: the design's limit. */
const MAX_LABEL_LENGTH = 256;

/**
 * A check whose prober emits what it is told, and all that is shown of it.
 *
 * @returns what has samples emitted, and reads what `/probe` and both formats of `/metrics` make of them. It rejects
 *   where an answer cannot be read, a value is longer than the limit, has a control character or half of a surrogate
 *   pair in it, or a harmless one was changed.
 */
export function hostileCheck(): (samples: readonly HostileSample[]) => Promise<void> {
  let told: readonly HostileSample[] = [];
  const check = makeCheck('hostile', async ({ emit }) => {
    for (const { text, value } of told) emit('probe_b_info', value, { text });
  });
  const metrics = metricsOf([check]);
  const { prober, options } = check.module;
  const { signal } = new AbortController();
  return async (samples) => {
    told = samples;
    const outcome = await executeProbe({ prober, options, target: '', gate: OPEN_GATE }, 5, signal);
    if (!outcome?.success) throw new Error('the probe did not succeed');
    const views = [fresh(check, outcome)];
    const answers = [
      [writeProbe(prober, outcome), 'text'],
      [(await render(metrics, views)).text, 'text'],
      [(await render(metrics, views, 'openmetrics')).text, 'openmetrics'],
    ] as const;
    for (const [text, format] of answers) {
      expectShown(readExposition(asSent(text), format), samples);
    }
  };
}

function expectShown(families: readonly ReadFamily[], samples: readonly HostileSample[]): void {
  const family = families.find(({ name }) => name === 'probe_b_info');
  const shown = (family?.samples ?? []).map(({ labels }) => labels.text ?? '');
  for (const text of shown) expectWithinLimits(text);
  const lost = samples.find(({ text }) => isHarmless(text) && !shown.includes(text));
  if (lost) throw new Error(`lost ${JSON.stringify(lost.text)}`);
}

function asSent(text: string): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(text));
}

function expectWithinLimits(text: string): void {
  if (text.length > MAX_LABEL_LENGTH) throw new Error(`${text.length} characters in a label`);
  if (/\p{Cc}/u.test(text)) throw new Error(`a control character in ${JSON.stringify(text)}`);
}

function isHarmless(text: string): boolean {
  return (
    text.length <= MAX_LABEL_LENGTH && text.isWellFormed() && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)
  );
}
