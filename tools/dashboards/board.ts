import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  type DashboardLink,
  DashboardLinkType,
  DatasourceVariableBuilder,
  type GridPos,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DATA_SOURCE } from './panels.ts';

/** A panel that does not know its place yet. */
export interface Placeable extends Builder<Panel> {
  id(id: number): this;
  gridPos(position: GridPos): this;
}

/** Panels side by side: as high as each other, and together as wide as the page. */
export interface Line {
  readonly height: number;
  readonly panels: readonly (readonly [width: number, panel: Placeable])[];
}

/** A part of a page that can be folded away. */
export interface Section {
  readonly title: string;
  readonly collapsed?: boolean;
  readonly lines: readonly Line[];
}

/** A variable that chooses among the values of the label of its name. */
export interface LabelVariable {
  readonly label: string;
  /** What it is called on the page. */
  readonly title: string;
  readonly description: string;
  /** The series whose values are offered. */
  readonly among: string;
  /** Whether series without the label are shown too, as long as no value is chosen. */
  readonly isOptional?: boolean;
}

/** A page as a whole. */
export interface Board {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly LabelVariable[];
  readonly sections: readonly Section[];
}

const TAG = 'healthcheck';
const PAGE_WIDTH = 24;
const ROW_HEIGHT = 1;

/** The text of the file that Grafana loads. */
export function renderBoard(board: Board): string {
  return `${JSON.stringify(build(board), null, 2)}\n`;
}

function build({ uid, title, description, variables, sections }: Board): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-6h', to: 'now' })
    .refresh('1m')
    .timezone('browser')
    .link(linkToTheOthers())
    .variables([dataSourceVariable(), ...variables.map(labelVariable)]);
  placeSections(builder, sections);
  return builder.build();
}

/** Not by the builder, which hides every link in a menu. */
function linkToTheOthers(): Builder<DashboardLink> {
  const link = {
    title: 'Health checks',
    type: DashboardLinkType.Dashboards,
    icon: '',
    tooltip: '',
  };
  const behaviour = { asDropdown: false, includeVars: false, keepTime: true, targetBlank: false };
  return { build: () => ({ ...link, ...behaviour, tags: [TAG] }) };
}

function dataSourceVariable(): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus');
}

function labelVariable(variable: LabelVariable): QueryVariableBuilder {
  const { label, title, description, among, isOptional = false } = variable;
  return new QueryVariableBuilder(label)
    .label(title)
    .description(description)
    .datasource(DATA_SOURCE)
    .query(`label_values(${among}, ${label})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc)
    .multi(true)
    .includeAll(true)
    .allValue(isOptional ? '.*' : '.+')
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}

function placeSections(builder: DashboardBuilder, sections: readonly Section[]): void {
  let id = 0;
  let top = 0;
  for (const { title, collapsed = false, lines } of sections) {
    id += 1;
    const row = new RowBuilder(title)
      .id(id)
      .collapsed(collapsed)
      .gridPos(at(0, top, PAGE_WIDTH, 1));
    const placed = place(lines, top + ROW_HEIGHT).map(([panel, position]) => {
      id += 1;
      return panel.id(id).gridPos(position);
    });
    // A folded row keeps its panels within itself, and the next row follows at once.
    if (collapsed) for (const panel of placed) row.withPanel(panel);
    builder.withRow(row);
    if (!collapsed) for (const panel of placed) builder.withPanel(panel);
    const height = lines.reduce((sum, line) => sum + line.height, 0);
    top += ROW_HEIGHT + (collapsed ? 0 : height);
  }
}

function place(lines: readonly Line[], top: number): [Placeable, GridPos][] {
  const placed: [Placeable, GridPos][] = [];
  let y = top;
  for (const { height, panels } of lines) {
    let x = 0;
    for (const [width, panel] of panels) {
      placed.push([panel, at(x, y, width, height)]);
      x += width;
    }
    if (x !== PAGE_WIDTH) throw new Error(`a line of panels is ${x} wide, not ${PAGE_WIDTH}`);
    y += height;
  }
  return placed;
}

function at(x: number, y: number, w: number, h: number): GridPos {
  return { x, y, w, h };
}
