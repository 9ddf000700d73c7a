import { readdirSync, readFileSync } from 'node:fs';

/** A dashboard as Grafana loads it, as far as tests look at it. */
export interface Dashboard {
  readonly id?: unknown;
  readonly uid: string;
  readonly title: string;
  readonly editable: boolean;
  readonly templating: { readonly list: readonly Variable[] };
  /** A folded row holds its panels, an open one is followed by them. */
  readonly panels: readonly Panel[];
  readonly [field: string]: unknown;
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly label: string;
  readonly query: string;
  readonly datasource?: { readonly uid: string };
  readonly multi: boolean;
  readonly allValue?: string;
  readonly refresh?: number;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly collapsed?: boolean;
  readonly panels?: readonly Panel[];
  readonly targets?: readonly Target[];
  readonly fieldConfig?: {
    readonly defaults: { readonly unit?: string; readonly noValue?: string; readonly max?: number };
    readonly overrides: readonly {
      readonly matcher: { readonly id: string; readonly options: string };
      readonly properties: readonly { readonly id: string; readonly value?: unknown }[];
    }[];
  };
  readonly transformations?: readonly {
    readonly id: string;
    readonly options: {
      readonly indexByName?: Readonly<Record<string, number>>;
      readonly renameByName?: Readonly<Record<string, string>>;
    };
  }[];
}

export interface Target {
  readonly expr: string;
  readonly refId: string;
  readonly instant: boolean;
  readonly datasource?: { readonly uid: string };
}

const FOLDER = new URL('../../examples/grafana/dashboards/', import.meta.url);

/** The dashboards that are shipped, as they are in their files. */
export const DASHBOARDS: readonly Dashboard[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')));

/** Every panel but the rows, those within folded rows too. */
export function panelsOf({ panels }: Pick<Dashboard, 'panels'>): readonly Panel[] {
  return panels.flatMap((panel) => (panel.type === 'row' ? (panel.panels ?? []) : [panel]));
}
