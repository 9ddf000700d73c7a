import { isDeepStrictEqual } from 'node:util';
import {
  type ExpositionFormat,
  type Family,
  renderBound,
  renderLabels,
  sampleLine,
  writeSlices,
} from '../../src/metrics/exposition.ts';
import type { ExposedSample } from './exposition.ts';
import { type ReadFamily, readExposition } from './exposition-reader.ts';
import { fc } from './property.ts';

/** A family as data, to be written and read again. */
export type RandomFamily = ReadFamily;

/** Any text: half of a surrogate pair, quotes, backslashes, line ends of every kind among it. */
export const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({
    unit: fc.oneof(
      fc.constantFrom('"', '\\', '\n', '\\n', '\r', '\u2028', '\u0085', '\0', '{', '}', ',', '#'),
      fc.nat(0xffff).map((code) => String.fromCharCode(code)),
    ),
    maxLength: 12,
  }),
);

/** Any number: no number, both infinities, the largest, the smallest, and both zeros among them. */
export const anyValue = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, 1e308, -1e308, 0, -0, 5e-324, 1e21, 1e-7),
);

// No word that promtool takes for a unit or a type.
const metricName = fc.stringMatching(/^[kqxz]{3,9}(?:_[kqxz]{3,9}){0,2}$/);
const labelName = fc.stringMatching(/^[a-z][a-z0-9_]{0,6}$/).filter((name) => name !== 'le');
const labels = fc.dictionary(labelName, anyText, { maxKeys: 4, noNullPrototype: true });

const plainFamily = fc
  .record({
    type: fc.constantFrom('gauge', 'counter'),
    help: anyText,
    series: fc.uniqueArray(fc.tuple(labels, anyValue), {
      selector: ([given]) => asPrometheusKnows(given),
      minLength: 1,
      maxLength: 4,
    }),
  })
  .map(({ series, ...family }) => (name: string): RandomFamily => {
    const full = family.type === 'counter' ? `${name}_total` : name;
    const samples = series.map(([given, value]) => ({ name: full, labels: given, value }));
    return { ...family, name: full, samples };
  });

const histogram = fc
  .record({
    help: anyText,
    labels,
    bounds: fc.uniqueArray(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), {
      maxLength: 4,
    }),
  })
  .map(({ help, labels, bounds }) => (name: string): RandomFamily => {
    const rendered = [...bounds.map(renderBound), '+Inf'];
    const buckets = rendered.map((le, index) => ({
      name: `${name}_bucket`,
      labels: { ...labels, le },
      value: index,
    }));
    return { name, type: 'histogram', help, samples: buckets };
  });

/** Families of every type, of different names that promtool has nothing against. */
export const anyFamilies: fc.Arbitrary<RandomFamily[]> = fc
  .array(fc.tuple(metricName, fc.oneof(plainFamily, histogram)), { maxLength: 4 })
  // The number tells names apart that differ in what a counter loses only.
  .map((given) => given.map(([name, family], index) => family(`test_${index}_${name}_x`)));

/** The text of random families, as bytes made slice by slice, read again as UTF-8. */
export function encode(families: readonly RandomFamily[], format: ExpositionFormat): string {
  const slices = [...writeSlices(families.map(toFamily), format)].map((slice) =>
    Buffer.from(slice),
  );
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(slices));
}

/**
 * Writes families and has them read by a strict reader of its own.
 *
 * @throws where what was read is not what was written. Half of a surrogate pair cannot be sent and comes as U+FFFD; the
 *   two zeros are one.
 */
export function expectSameAfterReading(
  families: readonly RandomFamily[],
  format: ExpositionFormat,
): void {
  const read = readExposition(encode(families, format), format);
  const expected = families.map((family) => expectedOf(family, format));
  if (isDeepStrictEqual(read, expected)) return;
  throw new Error(`read ${JSON.stringify(read)}\nnot ${JSON.stringify(expected)}`);
}

function toFamily({ name, type, help, samples }: RandomFamily): Family {
  const lines = samples.map((sample) =>
    sampleLine(sample.name, renderLabels(sample.labels), sample.value),
  );
  return { name, type: type as Family['type'], help, lines };
}

function expectedOf(family: RandomFamily, format: ExpositionFormat): ReadFamily {
  const isShort = format === 'openmetrics' && family.type === 'counter';
  return {
    name: isShort ? family.name.replace(/_total$/, '') : family.name,
    type: family.type,
    help: family.help.toWellFormed(),
    samples: family.samples.map(sampleAsSent),
  };
}

/** A sample as it can be sent. */
export function sampleAsSent({ name, labels, value }: ExposedSample): ExposedSample {
  return { name, labels: asSent(labels), value: value === 0 ? 0 : value };
}

/** To Prometheus a label without text is no label. */
function asPrometheusKnows(labels: Readonly<Record<string, string>>): string {
  const held = Object.entries(asSent(labels)).filter(([, text]) => text !== '');
  return JSON.stringify(held.sort());
}

function asSent(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [name, value.toWellFormed()]),
  );
}
