import { PanelBuilder as BarGauge } from '@grafana/grafana-foundation-sdk/bargauge';
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  BarGaugeDisplayMode,
  BigValueGraphMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as Heatmap, HeatmapColorMode } from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimeline } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';
import { type Expression, expectLabels } from './expressions.ts';

/** What every panel says, so that it is understood and looks intended where there is nothing to show. */
export interface PanelText {
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  /** Stands where there is no data. */
  readonly empty: string;
}

/** An expression, and the name of its series. */
export interface Series {
  readonly of: Expression;
  readonly legend: string;
}

/** From which value on which colour is shown, in rising order; the first is for everything below. */
export type Colours = readonly [below: string, ...steps: readonly (readonly [number, string])[]];

/** The data source that the variable of this name chooses. */
export const DATA_SOURCE = { type: 'prometheus', uid: '${datasource}' };

/** More stand on further pages; a Grafana too old for pages draws all. */
const ROWS_OF_TIMELINE = 20;

/** The name of the line that a series is to stay below. */
export const limitOf = (legend: string) => `limit of ${legend}`;

/** One number, or a few. */
export function stat(text: PanelText, series: readonly Series[], colours: Colours): Stat {
  return described(new Stat(), text)
    .targets(queries(series, (query) => query.instant()))
    .reduceOptions(lastValue())
    .graphMode(BigValueGraphMode.None)
    .thresholds(thresholds(colours));
}

/** Lines over time; the legend is a table where there are many. */
export function lines(text: PanelText, series: readonly Series[], { many = false } = {}) {
  const panel = described(new TimeSeries(), text);
  if (text.unit === 'percentunit') panel.max(1);
  return panel
    .targets(queries(series, (query) => query.range()))
    .min(0)
    .lineWidth(1)
    .fillOpacity(5)
    .showPoints(VisibilityMode.Never)
    .legend(many ? legendTable() : legendList())
    .tooltip(tooltip())
    .overrideByRegexp('^limit of ', LIMIT_LINE);
}

/** Parts of a whole over time. */
export function stacked(text: PanelText, series: readonly Series[]): TimeSeries {
  return lines(text, series)
    .fillOpacity(40)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
}

/** How often something happened, in bars over time. */
export function occurrences(text: PanelText, series: readonly Series[]): TimeSeries {
  return stacked(text, series).drawStyle(GraphDrawStyle.Bars).fillOpacity(80);
}

/** One bar a series, the greatest first. */
export function bars(text: PanelText, series: readonly Series[], colours: Colours): BarGauge {
  return described(new BarGauge(), text)
    .targets(queries(series, (query) => query.instant()))
    .reduceOptions(lastValue())
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .min(0)
    .max(1)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .thresholds(thresholds(colours));
}

/** States over time, one row a series. */
export function timeline(
  text: PanelText,
  series: readonly Series[],
  { mappings = [], colours = ['green'] }: { mappings?: ValueMapping[]; colours?: Colours },
): StateTimeline {
  return described(new StateTimeline(), text)
    .targets(queries(series, (query) => query.range()))
    .mappings(mappings)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .thresholds(thresholds(colours))
    .mergeValues(true)
    .perPage(ROWS_OF_TIMELINE)
    .showValue(VisibilityMode.Auto)
    .fillOpacity(80)
    .legend(new VizLegendOptionsBuilder().showLegend(false).calcs([]));
}

/** How values are distributed, over time. */
export function heatmap(text: PanelText, buckets: Expression): Heatmap {
  const format = (query: DataqueryBuilder) => query.range().format(PromQueryFormat.Heatmap);
  return described(new Heatmap(), text)
    .targets(queries([{ of: buckets, legend: '{{le}}' }], format))
    .calculate(false)
    .color({
      build: () => ({
        mode: HeatmapColorMode.Scheme,
        scheme: 'Oranges',
        fill: 'dark-orange',
        exponent: 0.5,
        steps: 64,
        reverse: false,
      }),
    })
    .yAxis({ build: () => ({ unit: text.unit }) })
    .hideLegend();
}

/** Texts and colours instead of values. */
export function mapping(states: Readonly<Record<string, readonly [text: string, colour: string]>>) {
  const options = Object.entries(states).map(([value, [text, color]], index) => [
    value,
    { text, color, index },
  ]);
  return { type: MappingType.ValueToText as const, options: Object.fromEntries(options) };
}

export function thresholds([below, ...steps]: Colours): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(stepsOf([below, ...steps]));
}

export function stepsOf([below, ...steps]: Colours): Threshold[] {
  return [{ value: null, color: below }, ...steps.map(([value, color]) => ({ value, color }))];
}

/** Targets with the letters that transformations know them by. */
export function queries(
  series: readonly { readonly of: Expression; readonly legend?: string }[],
  kind: (query: DataqueryBuilder) => DataqueryBuilder,
): Builder<Dataquery>[] {
  return series.map(({ of, legend = '' }, index) => {
    expectLabels(
      of,
      [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label),
    );
    return kind(new DataqueryBuilder())
      .datasource(DATA_SOURCE)
      .expr(of.promql)
      .legendFormat(legend)
      .refId(refId(index));
  });
}

export const refId = (index: number) => String.fromCharCode('A'.charCodeAt(0) + index);

/** The part of every builder of panels that is used for all of them. */
interface AnyPanel {
  title(title: string): this;
  description(description: string): this;
  datasource(datasource: typeof DATA_SOURCE): this;
  unit(unit: string): this;
  noValue(text: string): this;
}

export function described<P extends AnyPanel>(panel: P, text: PanelText): P {
  return panel
    .title(text.title)
    .description(text.description)
    .datasource(DATA_SOURCE)
    .unit(text.unit)
    .noValue(text.empty);
}

const LIMIT_LINE = [
  { id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor: 'red' } },
  { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 8] } },
  { id: 'custom.fillOpacity', value: 0 },
  { id: 'custom.hideFrom', value: { legend: true, tooltip: false, viz: false } },
];

function lastValue(): ReduceDataOptionsBuilder {
  return new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false);
}

function legendList(): VizLegendOptionsBuilder {
  return new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(true)
    .calcs([]);
}

function legendTable(): VizLegendOptionsBuilder {
  return legendList()
    .displayMode(LegendDisplayMode.Table)
    .placement(LegendPlacement.Right)
    .calcs(['lastNotNull', 'max'])
    .sortBy('Max')
    .sortDesc(true);
}

function tooltip(): VizTooltipOptionsBuilder {
  return new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);
}
