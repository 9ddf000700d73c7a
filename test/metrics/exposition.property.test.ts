import { describe, expect, test } from 'vitest';
import type { ExposedSample } from '../support/exposition.ts';
import { readExposition } from '../support/exposition-reader.ts';
import { hostileCheck, hostileSamples } from '../support/hostile-labels.ts';
import { checkMetrics, storedByPrometheus } from '../support/promtool-metrics.ts';
import { fc, runs } from '../support/property.ts';
import {
  anyFamilies,
  encode,
  expectSameAfterReading,
  type RandomFamily,
  sampleAsSent,
} from '../support/random-exposition.ts';
import { realPart } from '../support/real-part.ts';

describe('whatever is written', () => {
  test.each(['text', 'openmetrics'] as const)('as %s comes back the same', (format) => {
    fc.assert(
      fc.property(anyFamilies, (families) => expectSameAfterReading(families, format)),
      { numRuns: runs(200) },
    );
  });

  test('is within the limits of labels where a prober said it, and comes back the same', async () => {
    await fc.assert(fc.asyncProperty(hostileSamples, hostileCheck()), { numRuns: runs(200) });
  });
});

describe.skipIf(!realPart('promtool', ['promtool']))('to the real promtool', () => {
  const families = fc
    .sample(anyFamilies, 60)
    .flat()
    .map((family, index) => renamed(family, `sample_${index}_`));

  test('the text format has nothing wrong', async () => {
    const gauges = families.filter(({ type, help }) => type === 'gauge' && help !== '');
    expect(gauges.length).toBeGreaterThan(10);
    expect(await checkMetrics(encode(gauges, 'text'))).toBe('');
    expect(await checkMetrics('a{ 1\n'), 'as a proof that it looks').toContain('error');
  });

  test('OpenMetrics is what was written', async () => {
    const stored = await storedByPrometheus(encode(families, 'openmetrics'));
    const written = families.flatMap(({ samples }) => samples).map(sampleAsSent);
    expect(stored.map(asKey).sort()).toEqual(written.map(asKey).sort());
  });
});

describe('the strict reader refuses', () => {
  const TYPED = '# HELP a A.\n# TYPE a gauge\n';
  test.each([
    ['no last line feed', `${TYPED}a 1`],
    ['a sample without HELP and TYPE', 'a 1\n'],
    ['a sample of another family', `${TYPED}b 1\n`],
    ['a family that comes twice', `${TYPED}a 1\n${TYPED}a 2\n`],
    ['a series that comes twice', `${TYPED}a{x="1",y="2"} 1\na{y="2",x="1"} 2\n`],
    ['a label that comes twice', `${TYPED}a{x="1",x="2"} 1\n`],
    ['an unknown escape', `${TYPED}a{x="\\t"} 1\n`],
    ['a label without its end', `${TYPED}a{x="1\\"} 1\n`],
    ['another spelling of infinity', `${TYPED}a Infinity\n`],
    ['no value', `${TYPED}a{x="1"}\n`],
  ])('%s', (_, text) => {
    expect(() => readExposition(text, 'text')).toThrow();
    expect(readExposition(`${TYPED}a 1\n`, 'text')).toHaveLength(1);
  });

  test('OpenMetrics without # EOF, or with the HELP of the other format', () => {
    const text = '# TYPE a gauge\n# HELP a A.\na 1\n';
    expect(readExposition(`${text}# EOF\n`, 'openmetrics')).toHaveLength(1);
    expect(() => readExposition(text, 'openmetrics')).toThrow('no # EOF');
    expect(() => readExposition(`${TYPED}a 1\n# EOF\n`, 'openmetrics')).toThrow('no HELP and TYPE');
  });
});

function renamed(family: RandomFamily, prefix: string): RandomFamily {
  const samples = family.samples.map((sample) => ({ ...sample, name: `${prefix}${sample.name}` }));
  return { ...family, name: `${prefix}${family.name}`, samples };
}

/** Prometheus' database knows no label without text. */
function asKey({ name, labels, value }: ExposedSample): string {
  const held = Object.entries(labels).filter(([, text]) => text !== '');
  return JSON.stringify([name, held.sort(), String(value)]);
}
