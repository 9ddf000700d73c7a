import { DASHBOARDS, panelsOf } from './dashboards.ts';

/** One query of a panel, as Grafana would send it. */
export interface DashboardExpression {
  /** The uid of the dashboard. */
  readonly dashboard: string;
  /** The title of the panel. */
  readonly panel: string;
  readonly expr: string;
}

/** What Grafana puts for variables where everything is chosen. */
const VALUES: Readonly<Record<string, string>> = {
  job: '.+',
  instance: '.+',
  check: '.+',
  team: '.*',
  __rate_interval: '1m',
  __range: '1h',
  __interval: '1s',
};

/** Every query of every dashboard, with values for Grafana's variables. */
export function dashboardExpressions(): readonly DashboardExpression[] {
  return DASHBOARDS.flatMap((dashboard) =>
    panelsOf(dashboard).flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({
        dashboard: dashboard.uid,
        panel: title,
        expr: withValues(expr),
      })),
    ),
  );
}

/** @throws where a variable is none that is known here. */
export function withValues(expression: string): string {
  return expression.replaceAll(/\$(\w+)/g, (variable, name: string) => {
    const value = VALUES[name];
    if (value === undefined) throw new Error(`no value for ${variable} in ${expression}`);
    return value;
  });
}
