import {
  BarGaugeDisplayMode,
  TableCellDisplayMode,
  type TableCellOptions,
} from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { type Expression, expectLabels } from './expressions.ts';
import { type Colours, described, type PanelText, queries, refId, stepsOf } from './panels.ts';

/** What one query adds to a table: its labels always, its value where it has a name. */
export interface Column {
  readonly of: Expression;
  readonly name?: string;
  readonly unit?: string;
  readonly decimals?: number;
  readonly colours?: Colours;
  /** Draws a bar up to this value. */
  readonly gaugeTo?: number;
  readonly empty?: string;
}

/**
 * One row for each set of labels that the queries have in common.
 *
 * @param labels the order of the columns that are labels, with another name where there is one.
 */
export function table(
  text: PanelText,
  {
    labels,
    columns,
    sortBy,
  }: {
    labels: Readonly<Record<string, string>>;
    columns: readonly Column[];
    sortBy: { displayName: string; desc?: boolean };
  },
): Table {
  expectLabels(together(columns), Object.keys(labels));
  const named = columns.map((column, index) => ({ column, value: `Value #${refId(index)}` }));
  const shown = named.filter(({ column }) => column.name !== undefined);
  const hidden = named.filter(({ column }) => column.name === undefined);
  // A query that is alone in having an answer calls its value just that.
  const excluded = ['Time', 'Value', ...hidden.map(({ value }) => value)];
  const order = [...Object.keys(labels), ...shown.map(({ value }) => value)];
  const renamed = [
    ...Object.entries(labels),
    ...shown.map(({ column, value }) => [value, column.name] as const),
  ].filter(([from, to]) => from !== to);
  const panel = described(new Table(), text)
    .targets(queries(columns, (query) => query.instant().format(PromQueryFormat.Table)))
    .filterable(true)
    .transformations([
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: {
          excludeByName: Object.fromEntries(excluded.map((name) => [name, true])),
          indexByName: Object.fromEntries(order.map((name, index) => [name, index])),
          renameByName: Object.fromEntries(renamed),
        },
      },
    ])
    .sortBy([{ build: () => ({ desc: false, ...sortBy }) }]);
  return shown.reduce(
    (built, { column }) => built.overrideByName(column.name ?? '', overridesOf(column)),
    panel,
  );
}

/** All labels that the rows may have. */
function together(columns: readonly Column[]): Expression {
  const [first] = columns;
  const labels = new Set(columns.flatMap(({ of }) => [...of.labels]));
  return { promql: `a table of ${first?.of.promql}`, labels };
}

function overridesOf({ unit, decimals, colours, gaugeTo, empty }: Column): DynamicConfigValue[] {
  const override = (id: string, value: unknown) => (value === undefined ? [] : [{ id, value }]);
  return [
    ...override('unit', unit),
    ...override('decimals', decimals),
    ...override('noValue', empty),
    ...override('max', gaugeTo),
    ...override('min', gaugeTo === undefined ? undefined : 0),
    ...override('thresholds', colours && { mode: 'absolute', steps: stepsOf(colours) }),
    ...override('color', colours && { mode: 'thresholds' }),
    ...override('custom.cellOptions', colours && cell(gaugeTo !== undefined)),
  ];
}

function cell(isGauge: boolean): TableCellOptions {
  return isGauge
    ? { type: TableCellDisplayMode.Gauge, mode: BarGaugeDisplayMode.Basic }
    : { type: TableCellDisplayMode.ColorText };
}
