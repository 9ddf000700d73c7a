import { describe, expect, test } from 'vitest';
import { withValues } from '../support/dashboard-expressions.ts';
import { DASHBOARDS, panelsOf } from '../support/dashboards.ts';
import { readPromql } from '../support/promql.ts';

/**
 * The rules of Grafana's dashboard-linter, by their names there. Not here: target-logql and target-logql-auto, as
 * nothing asks Loki.
 */
describe.each(DASHBOARDS)('$uid obeys', (dashboard) => {
  const variables = dashboard.templating.list;
  const panels = panelsOf(dashboard);
  const targets = panels.flatMap(({ title, targets: own = [] }) =>
    own.map((target) => ({ panel: title, ...target })),
  );
  /** The panels, or queries of panels, that break a rule. */
  const breaking = <T>(all: readonly T[], isRight: (one: T) => boolean) => {
    expect(all.length).toBeGreaterThan(0);
    return all.filter((one) => !isRight(one));
  };

  test('template-datasource', () => {
    const [variable, ...more] = variables.filter(({ type }) => type === 'datasource');

    expect(variable).toMatchObject({
      name: 'datasource',
      label: 'Data source',
      query: 'prometheus',
    });
    expect(more).toEqual([]);
  });

  test.each([
    ['template-job', 'job', 'Job'],
    ['template-instance', 'instance', 'Instance'],
  ])('%s', (_rule, name, label) => {
    expect(variables.find((variable) => variable.name === name)).toMatchObject({
      type: 'query',
      label,
      multi: true,
      allValue: '.+',
      datasource: { uid: '${datasource}' },
    });
  });

  const asking = variables.filter(({ type }) => type === 'query');

  test('template-label-promql', () => {
    const selectorOf = (query: string) => /^label_values\((.*), \w+\)$/.exec(query)?.[1] ?? '';

    for (const { query } of asking) {
      expect(readPromql(withValues(selectorOf(query))).selectors).toHaveLength(1);
    }
  });

  test('template-on-time-change-reload', () => {
    expect(breaking(asking, ({ refresh }) => refresh === 2)).toEqual([]);
  });

  test('panel-datasource', () => {
    expect(breaking(panels, ({ datasource }) => datasource?.uid === '${datasource}')).toEqual([]);
    expect(breaking(targets, ({ datasource }) => datasource?.uid === '${datasource}')).toEqual([]);
  });

  test('panel-title-description', () => {
    expect(breaking(panels, ({ title, description }) => Boolean(title && description))).toEqual([]);
  });

  test('panel-units', () => {
    expect(breaking(panels, ({ fieldConfig }) => UNITS.has(fieldConfig?.defaults.unit))).toEqual(
      [],
    );
    const units = panels
      .flatMap(({ fieldConfig }) => fieldConfig?.overrides ?? [])
      .flatMap(({ properties }) => properties.filter(({ id }) => id === 'unit'));
    expect(breaking(units, ({ value }) => UNITS.has(value))).toEqual([]);
  });

  test('panel-no-targets', () => {
    expect(breaking(panels, ({ targets: own = [] }) => own.length > 0)).toEqual([]);
  });

  test.each(targets)('target-promql: $panel, $refId', ({ expr }) => {
    expect(readPromql(withValues(expr)).selectors.length).toBeGreaterThan(0);
  });

  test('target-rate-interval', () => {
    // An increase over the whole time shown is a number in a table, not a line of points that far apart.
    const isInTable = (window: string, how: string) => how === 'increase' && window === '$__range';
    const windows = targets.flatMap(({ expr }) => [
      ...expr.matchAll(/\b(?<how>rate|irate|increase)\([^[]*\[(?<window>[^\]]*)\]/g),
    ]);

    const isRight = ({ groups: { how = '', window = '' } = {} }: RegExpExecArray) =>
      window === '$__rate_interval' || isInTable(window, how);
    if (windows.length > 0) expect(breaking(windows, isRight)).toEqual([]);
  });

  test.each(['job', 'instance'])('target-%s', (label) => {
    const matcher = `${label}=~"$${label}"`;

    expect(
      breaking(targets, ({ expr }) => {
        const { selectors } = readPromql(withValues(expr));
        return expr.split(matcher).length - 1 === selectors.length;
      }),
    ).toEqual([]);
  });

  test('target-counter-agg', () => {
    const counters = /(?<before>\w*\(?)\b\w+_total\{/g;
    const uses = targets.flatMap(({ expr }) => [...expr.matchAll(counters)]);

    const isRight = ({ groups }: RegExpExecArray) =>
      /^(?:rate|irate|increase)\($/.test(groups?.before ?? '');
    expect(uses.filter((use) => !isRight(use))).toEqual([]);
  });

  test('uneditable-dashboard', () => {
    expect(dashboard.editable).toBe(false);
  });
});

/** Those of Grafana's units that these dashboards use. */
const UNITS = new Set<unknown>([
  'none',
  'string',
  'percentunit',
  'bool_yes_no',
  's',
  'd',
  'dateTimeFromNow',
  'bytes',
  'ops',
]);
