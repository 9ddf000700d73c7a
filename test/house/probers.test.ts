import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '../../src/config/load.ts';
import { CHECK_METRICS, LIVING_METRICS } from '../../src/metrics/declarations.ts';
import { PROBERS } from '../../src/probers/index.ts';
import { ROOT } from './source-files.ts';

const NOT_PROBERS = new Set(['contract.ts', 'failure.ts', 'index.ts']);
const names = PROBERS.map(({ name }) => name).sort();
const filesIn = (folder: string, ending: string) =>
  readdirSync(join(ROOT, folder))
    .filter((file) => file.endsWith(ending) && !NOT_PROBERS.has(file))
    .map((file) => file.slice(0, -ending.length))
    .sort();

describe('no prober is half-added', () => {
  test('every file in src/probers is registered, and the other way round', () => {
    expect(filesIn('src/probers', '.ts')).toEqual(names);
  });

  test('every prober has a test file, and the other way round', () => {
    expect(filesIn('test/probers', '.test.ts')).toEqual(names);
  });

  test('every prober has an example, and the other way round', () => {
    expect(filesIn('examples/probers', '.yml')).toEqual(names);
  });

  test.each(names)('the example of %s loads and shows it', async (name) => {
    const { checks } = await loadConfig(join(ROOT, `examples/probers/${name}.yml`));
    expect(checks.some(({ module }) => module.prober.name === name)).toBe(true);
  });
});

describe.each(PROBERS)('the declaration of $name', ({ summary, target, options, metrics }) => {
  test('has a summary, and a target whose example is fine', () => {
    expect(summary).toMatch(/^[A-Z].*\.$/);
    if (target) expect(target.problem(target.example)).toBeUndefined();
  });

  test('describes every option', () => {
    const { properties = {} } = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' });
    const bare = Object.entries(properties).filter(
      ([, schema]) => !(schema as { description?: string }).description,
    );
    expect(bare.map(([name]) => name)).toEqual([]);
  });

  test('works without a block, unless it lacks an option that only the user can know', () => {
    const issues = options.safeParse({}).error?.issues ?? [];
    expect(issues.filter(({ code }) => code !== 'invalid_type')).toEqual([]);
  });

  test('has metrics with proper names and help', () => {
    for (const [name, { help, type, labels = [] }] of Object.entries(metrics)) {
      expect(name).toMatch(/^probe_[a-z0-9_]+$/);
      expect(help, name).toMatch(/^[A-Z1].*\.$/);
      expect(name.endsWith('_total'), `${name} is a counter`).toBe(type === 'counter');
      for (const label of labels) expect(label).toMatch(/^[a-z][a-z0-9_]*$/);
    }
  });

  test('declares none of the metrics that every check has', () => {
    const common = Object.keys({ ...CHECK_METRICS, ...LIVING_METRICS });
    expect(Object.keys(metrics).filter((name) => common.includes(name))).toEqual([]);
  });
});

test('a metric that several probers emit is declared alike', () => {
  const declared = new Map<string, string>();
  for (const { metrics } of PROBERS) {
    for (const [name, declaration] of Object.entries(metrics)) {
      const text = JSON.stringify(declaration);
      expect(declared.get(name) ?? text, name).toBe(text);
      declared.set(name, text);
    }
  }
});
