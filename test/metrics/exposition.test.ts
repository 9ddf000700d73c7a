import { describe, expect, test } from 'vitest';
import {
  type Family,
  renderBound,
  renderLabels,
  renderValue,
  sampleLine,
  writeExposition,
  writeSlices,
} from '../../src/metrics/exposition.ts';
import { fc } from '../support/property.ts';

const family = (overrides: Partial<Family> = {}): Family => ({
  name: 'probe_runs_total',
  type: 'counter',
  help: 'Runs "so far" \\ and\nmore.',
  lines: [sampleLine('probe_runs_total', 'check="a"', 3)],
  ...overrides,
});

describe('the text format', () => {
  test('has HELP and TYPE before the samples and ends with a line feed', () => {
    expect(writeExposition([family()], 'text')).toBe(
      '# HELP probe_runs_total Runs "so far" \\\\ and\\nmore.\n# TYPE probe_runs_total counter\nprobe_runs_total{check="a"} 3\n',
    );
  });

  test('leaves out families without samples', () => {
    expect(writeExposition([family({ lines: [] })], 'text')).toBe('');
  });
});

describe('OpenMetrics', () => {
  test('names a counter’s family without _total, escapes quotes in HELP and ends with # EOF', () => {
    expect(writeExposition([family()], 'openmetrics')).toBe(
      '# TYPE probe_runs counter\n# HELP probe_runs Runs \\"so far\\" \\\\ and\\nmore.\nprobe_runs_total{check="a"} 3\n# EOF\n',
    );
  });

  test('ends with # EOF also where there is nothing', () => {
    expect(writeExposition([], 'openmetrics')).toBe('# EOF\n');
  });
});

test.each([
  [0, '0'],
  [-0.5, '-0.5'],
  [1e21, '1e+21'],
  [Number.NaN, 'NaN'],
  [Infinity, '+Inf'],
  [-Infinity, '-Inf'],
])('the value %d is spelt %s', (value, text) => {
  expect(renderValue(value)).toBe(text);
});

test.each([
  [1, '1.0'],
  [10, '10.0'],
  [0.005, '0.005'],
  [1e21, '1e+21'],
])('the bound %d is spelt %s', (bound, text) => {
  expect(renderBound(bound)).toBe(text);
});

test('label values come back as they were, whatever is in them', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (value) => {
      const rendered = renderLabels({ a: value });
      expect(rendered).not.toContain('\n');
      const inside = /^a="(?<inside>.*)"$/s.exec(rendered)?.groups?.inside ?? '';
      const unescaped = inside.replace(/\\(?<escaped>[\\n"])/g, (_whole, escaped) =>
        escaped === 'n' ? '\n' : escaped,
      );
      expect(unescaped).toBe(value);
    }),
  );
});

describe('a long text', () => {
  /** A family of so many samples, and how many of its lines were read. */
  function counted(samples: number) {
    const counter = { read: 0 };
    function* lines() {
      for (let index = 0; index < samples; index++) {
        counter.read++;
        yield sampleLine('long', renderLabels({ index: String(index) }), index);
      }
    }
    return { counter, family: family({ name: 'long', lines: lines() }) };
  }

  test('comes in slices, read as they are taken, that make up the whole', () => {
    const { counter, family: long } = counted(20_000);
    const slices = writeSlices([long, family()], 'openmetrics');
    const first = slices.next().value ?? '';
    expect(counter.read).toBeLessThan(5000);
    const all = [first, ...slices];
    expect(counter.read).toBe(20_000);
    expect(all.length).toBeGreaterThan(5);
    for (const slice of all) {
      expect(slice.length).toBeLessThan(70_000);
      expect(slice.endsWith('\n')).toBe(true);
    }
    expect(all.slice(0, -1).every((slice) => slice.length >= 65_536)).toBe(true);
    expect(all.join('')).toBe(writeExposition([counted(20_000).family, family()], 'openmetrics'));
  });

  test('has one header for each family, wherever its slices end', () => {
    const text = writeExposition([counted(20_000).family, counted(0).family], 'text');
    expect(text.match(/^# TYPE/gm)).toHaveLength(1);
    expect(text.match(/^long\{/gm)).toHaveLength(20_000);
  });
});
