import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dashboardExpressions } from '../support/dashboard-expressions.ts';
import { labelsByMetric } from '../support/declared-metrics.ts';
import { labelsOfTemplate, queriesOfTemplate } from '../support/go-templates.ts';
import { readPromql } from '../support/promql.ts';
import { readRules, rulePaths } from '../support/rule-files.ts';
import { readYaml } from '../support/yaml.ts';
import { ROOT } from './source-files.ts';

interface Query {
  readonly where: string;
  readonly expression: string;
}

type Labels = ReadonlySet<string>;

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const filesBelow = (folder: string, ending: RegExp) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => ending.test(file))
    .map((file) => join(folder, file));

const dashboardFiles = filesBelow('examples/grafana', /\.json$/);
const templateFiles = filesBelow('examples/alertmanager', /\.tmpl$/);
const relabelling = ['prometheus', 'compose', 'kubernetes']
  .flatMap((folder) => filesBelow(`examples/${folder}`, /\.ya?ml$/))
  .map((path) => ({ path, labels: relabelled(read(path)) }))
  .filter(({ labels }) => labels.length > 0);

const rules = await readRules();
const queries: readonly Query[] = [
  ...rules.map(({ file, name, expr }) => ({ where: `${file} ${name}`, expression: expr })),
  ...rules.flatMap(({ file, name, annotations }) =>
    stringsIn(annotations)
      .flatMap(queriesOfTemplate)
      .map((expression) => ({ where: `${file} ${name} annotation`, expression })),
  ),
  ...dashboardExpressions().map(({ dashboard, panel, expr }) => ({
    where: `${dashboard}, ${panel}`,
    expression: expr,
  })),
];

const declared = labelsByMetric();
const anyLabel: Labels = new Set([...declared.values()].flatMap((labels) => [...labels]));
/** Those that Alertmanager sees: of the series, and what rules add. */
const labelsOfAlerts: Labels = new Set([
  ...anyLabel,
  'alertname',
  ...rules.flatMap(({ labels = {} }) => Object.keys(labels)),
]);
const strangersIn = (named: readonly string[], known: Labels | undefined) =>
  named.filter((label) => !known?.has(label));

describe('what is asked for by rules, dashboards and their texts', () => {
  test('is read: there are rules, dashboards and queries in annotations', async () => {
    expect(await rulePaths()).toHaveLength(2);
    expect(dashboardFiles).toHaveLength(2);
    expect(queries.filter(({ where }) => where.endsWith('annotation')).length).toBeGreaterThan(5);
    expect(queries.length).toBeGreaterThan(100);
  });

  test.each(queries)('$where: $expression', ({ expression }) => {
    const { selectors, groupingLabels } = readPromql(expression);

    for (const { metric, labels } of selectors) {
      expect(labelsOf(metric), `no metric ${metric}`).toBeDefined();
      expect(strangersIn(labels, labelsOf(metric)), `labels of ${metric}`).toEqual([]);
    }
    expect(strangersIn(groupingLabels, labelsOfAny(selectors))).toEqual([]);
  });

  test('a recorded series has the labels of what it is recorded from, but those taken away', () => {
    const recorded = labelsOf('check:probe_errors:ratio_rate5m') ?? new Set();

    expect([...recorded]).toEqual(expect.arrayContaining(['job', 'instance', 'check', 'team']));
    expect(strangersIn(['reason', 'le', 'phase'], recorded)).toEqual(['reason', 'le', 'phase']);
    expect(labelsOf('healthcheck:slo_objective:ratio')).toEqual(new Set());
  });

  test.each(dashboardFiles)('%s names labels that exist in legends and variables', (path) => {
    const dashboard = JSON.parse(read(path));
    const inLegends = valuesOf(dashboard, 'legendFormat').flatMap((text) =>
      [...text.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, label = '']) => label),
    );
    const asked = [...JSON.stringify(dashboard).matchAll(/label_values\((?:[^()]*,\s*)?(\w+)\)/g)];

    expect(asked.length).toBeGreaterThan(0);
    expect(strangersIn([...inLegends, ...asked.map(([, label = '']) => label)], anyLabel)).toEqual(
      [],
    );
  });
});

describe('labels named', () => {
  test('in the texts of alerts exist', () => {
    const named = rules.flatMap(({ annotations, labels }) =>
      [annotations, labels].flatMap(stringsIn).flatMap(labelsOfTemplate),
    );

    expect(named.length).toBeGreaterThan(20);
    expect(strangersIn(named, labelsOfAlerts)).toEqual([]);
  });

  test('in the template of the mail exist', () => {
    const named = templateFiles.flatMap((path) => labelsOfTemplate(read(path)));

    // By `$common`, by `.Labels`, and within a `define` whose dot is the labels.
    expect(named).toEqual(expect.arrayContaining(['severity', 'team', 'check', 'exporter']));
    expect(strangersIn(named, labelsOfAlerts)).toEqual([]);
  });

  test.each([...filesBelow('examples', /alertmanager\.yml$/)])(
    'by routes and inhibitions of %s exist',
    (path) => {
      const file = readYaml(join(ROOT, path));
      const matchers = ['matchers', 'source_matchers', 'target_matchers']
        .flatMap((key) => valuesOf(file, key))
        .map((matcher) => /^\s*(\w+)/.exec(matcher)?.[1] ?? '');
      const named = [...matchers, ...['equal', 'group_by'].flatMap((key) => valuesOf(file, key))];

      expect(named.length).toBeGreaterThan(3);
      expect(strangersIn(named, labelsOfAlerts)).toEqual([]);
    },
  );

  test('in relabelling are looked for with Prometheus, Compose and Kubernetes', () => {
    expect(new Set(relabelling.map(({ path }) => path.split('/')[1]))).toEqual(
      new Set(['prometheus', 'compose', 'kubernetes']),
    );
  });

  test.each(relabelling)('by relabelling in $path exist', ({ labels }) => {
    const own = labels.filter((label) => !label.startsWith('__'));

    expect(strangersIn(own, labelsOfAlerts)).toEqual([]);
  });
});

/** The labels that series of a name may have, declared or recorded. */
function labelsOf(metric: string): Labels | undefined {
  const recording = rules.find(({ record }) => record === metric);
  if (!recording) return declared.get(metric);
  const { selectors, removedLabels } = readPromql(recording.expr);
  const added = Object.keys(recording.labels ?? {});
  const kept = [...labelsOfAny(selectors)].filter((label) => !removedLabels.includes(label));
  return new Set([...kept, ...added]);
}

function labelsOfAny(selectors: readonly { readonly metric: string }[]): Set<string> {
  return new Set(selectors.flatMap(({ metric }) => [...(labelsOf(metric) ?? [])]));
}

/** Every string below a value. */
function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

/** The strings at or below every key of this name, however deep. */
function valuesOf(value: unknown, key: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === key ? stringsIn(inner) : valuesOf(inner, key),
  );
}

/** The labels that relabelling reads and sets; from the text, so that jobs which are comments count too. */
function relabelled(text: string): string[] {
  const keys = /\b(?:source_?labels|target_?label): *(?:\[(?<list>[^\]]*)\]|(?<one>\w*))/gi;
  return [...text.matchAll(keys)].flatMap(({ groups }) =>
    (groups?.list ?? groups?.one ?? '').split(',').map((label) => label.trim()),
  );
}
