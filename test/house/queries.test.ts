import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { dashboardExpressions } from '../support/dashboard-expressions.ts';
import { labelsByMetric } from '../support/declared-metrics.ts';
import { readPromql } from '../support/promql.ts';
import { ROOT } from './source-files.ts';

interface Query {
  readonly where: string;
  readonly expression: string;
}

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const filesBelow = (folder: string, ending: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file));

const ruleFiles = readdirSync(join(ROOT, 'alert-rules'))
  .filter((file) => file.endsWith('.yml'))
  .map((file) => join('alert-rules', file));
const dashboardFiles = filesBelow('examples/grafana', '.json');
const templateFiles = filesBelow('examples/alertmanager', '.tmpl');

const rules = ruleFiles.flatMap((path) => {
  const { groups } = load(read(path)) as { groups: { rules: Record<string, unknown>[] }[] };
  return groups.flatMap((group) => group.rules.map((rule) => ({ path, rule })));
});
const recorded = rules.flatMap(({ rule }) =>
  rule.record === undefined ? [] : String(rule.record),
);

const queries: readonly Query[] = [
  ...rules.map(({ path, rule }) => ({
    where: `${path} ${rule.alert ?? rule.record}`,
    expression: String(rule.expr),
  })),
  ...rules.flatMap(({ path, rule }) =>
    stringsIn(rule.annotations)
      .flatMap(queriesOfTemplate)
      .map((expression) => ({ where: `${path} ${rule.alert} annotation`, expression })),
  ),
  ...dashboardExpressions().map(({ dashboard, panel, expr }) => ({
    where: `${dashboard}, ${panel}`,
    expression: expr,
  })),
];

const metrics = labelsByMetric();
const anyLabel = new Set([...metrics.values()].flatMap((labels) => [...labels]));
const labelsOf = (metric: string) => (recorded.includes(metric) ? anyLabel : metrics.get(metric));

describe('what is asked for by rules, dashboards and their texts', () => {
  test('is read: there are rules, dashboards and queries in annotations', () => {
    expect(ruleFiles).toHaveLength(2);
    expect(dashboardFiles).toHaveLength(2);
    expect(queries.filter(({ where }) => where.endsWith('annotation')).length).toBeGreaterThan(5);
    expect(queries.length).toBeGreaterThan(100);
  });

  test.each(queries)('$where: $expression', ({ expression }) => {
    const { selectors, groupingLabels } = readPromql(expression);

    for (const { metric, labels } of selectors) {
      const known = labelsOf(metric);
      expect(known, `no metric ${metric}`).toBeDefined();
      expect(
        labels.filter((label) => !known?.has(label)),
        `labels of ${metric}`,
      ).toEqual([]);
    }
    const known = new Set(selectors.flatMap(({ metric }) => [...(labelsOf(metric) ?? [])]));
    expect(groupingLabels.filter((label) => !known.has(label))).toEqual([]);
  });

  test.each(dashboardFiles)('%s names labels that exist in legends and variables', (path) => {
    const dashboard = JSON.parse(read(path));
    const inLegends = valuesOf(dashboard, 'legendFormat').flatMap((text) =>
      [...text.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, label = '']) => label),
    );
    const asked = [...JSON.stringify(dashboard).matchAll(/label_values\((?:[^()]*,\s*)?(\w+)\)/g)];

    expect(asked.length).toBeGreaterThan(0);
    expect(
      [...inLegends, ...asked.map(([, label = '']) => label)].filter(
        (label) => !anyLabel.has(label),
      ),
    ).toEqual([]);
  });
});

describe('labels named', () => {
  test('in the texts of alerts exist', () => {
    const named = rules.flatMap(({ rule }) =>
      [rule.annotations, rule.labels].flatMap(stringsIn).flatMap(labelsOfTemplate),
    );

    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((label) => !anyLabel.has(label))).toEqual([]);
  });

  test('in the template of the mail exist', () => {
    const named = templateFiles.flatMap((path) => labelsOfTemplate(read(path)));

    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((label) => !anyLabel.has(label))).toEqual([]);
  });

  test.each([...filesBelow('examples', 'alertmanager.yml')])(
    'by routes and inhibitions of %s exist',
    (path) => {
      const file = load(read(path));
      const matchers = ['matchers', 'source_matchers', 'target_matchers']
        .flatMap((key) => valuesOf(file, key))
        .map((matcher) => /^\s*(\w+)/.exec(matcher)?.[1] ?? '');
      const named = [...matchers, ...['equal', 'group_by'].flatMap((key) => valuesOf(file, key))];

      expect(named.length).toBeGreaterThan(3);
      expect(named.filter((label) => !anyLabel.has(label))).toEqual([]);
    },
  );
});

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

/** Queries in the actions of a Go template: the strings that hold a selector. */
function queriesOfTemplate(template: string): string[] {
  const actions = [...template.matchAll(/\{\{(?<action>(?:"[^"]*"|`[^`]*`|(?!\}\}).)*)\}\}/gs)];
  return actions
    .flatMap(({ groups }) => [...(groups?.action ?? '').matchAll(/"([^"]*)"|`([^`]*)`/g)])
    .map(([, quoted, raw]) => quoted ?? raw ?? '')
    .filter((text) => /\w\{/.test(text))
    .map((text) => text.replaceAll('%q', '"x"'));
}

function labelsOfTemplate(template: string): string[] {
  return [
    ...template.matchAll(/(?:\$labels|\.(?:Common|Group)?Labels)\.(\w+)/g),
    ...template.matchAll(/\blabel "(\w+)"/g),
  ].map(([, label = '']) => label);
}
