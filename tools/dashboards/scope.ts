import type { LabelVariable } from './board.ts';
import { type Select, selectWith } from './expressions.ts';

/** How the series of a dashboard are chosen and told apart. */
export interface Scope {
  /** What is probed, in the words of those who look at this dashboard. */
  readonly noun: string;
  readonly variables: readonly LabelVariable[];
  readonly select: Select;
  /** The labels that make a row of a table, in order. */
  readonly rowLabels: readonly string[];
  /** The labels that make a line of a graph. */
  readonly seriesLabels: readonly string[];
  /** The name of such a line. */
  readonly legend: string;
  /** Page with the log of the newest probe, from a row of a table, and the column that leads there. */
  readonly log: { readonly column: string; readonly url: string };
}

const JOB = 'job=~"$job"';
const OF_EXPORTER = { job: '$job', instance: '$instance' };
const CHOSEN = `${JOB}, instance=~"$instance"`;

/** What `/metrics` shows, scraped whole or check by check: series have the label `check`. */
export const CHECKS: Scope = {
  noun: 'check',
  variables: [
    {
      label: 'job',
      title: 'Job',
      description: 'Scrape jobs of /metrics, whole or check by check.',
      among: 'probe_success{check!=""}',
    },
    {
      label: 'instance',
      title: 'Instance',
      description: 'Exporters.',
      among: `probe_success{check!="", ${JOB}}`,
    },
    {
      label: 'check',
      title: 'Check',
      description: 'Checks, by the names they have in the configuration.',
      among: `probe_success{${CHOSEN}}`,
    },
    team(`probe_success{check!="", ${CHOSEN}}`),
  ],
  select: selectWith(
    { check: { ...OF_EXPORTER, check: '$check', team: '$team' }, exporter: OF_EXPORTER },
    ['target', 'prober'],
  ),
  rowLabels: ['check', 'target', 'instance'],
  seriesLabels: ['check', 'instance'],
  legend: '{{check}} · {{instance}}',
  log: {
    column: 'check',
    url: 'http://${__data.fields.instance:raw}/logs?check=${__data.fields.check:percentencode}',
  },
};

/** What `/probe` shows, relabelled the usual way: `instance` is the target, and there is no label `check`. */
export const TARGETS: Scope = {
  noun: 'target',
  variables: [
    {
      label: 'job',
      title: 'Job',
      description: 'Scrape jobs of /probe.',
      among: 'probe_success{check=""}',
    },
    {
      label: 'instance',
      title: 'Instance',
      description: 'Targets.',
      among: `probe_success{check="", ${JOB}}`,
    },
    team(`probe_success{check="", ${CHOSEN}}`),
  ],
  select: selectWith(
    { check: { ...OF_EXPORTER, check: '', team: '$team' }, exporter: OF_EXPORTER },
    ['exporter', 'module'],
  ),
  rowLabels: ['instance', 'module', 'exporter'],
  seriesLabels: ['instance', 'module'],
  legend: '{{instance}} {{module}}',
  // A job that does not set the label has no such column, and no link that would lead nowhere.
  log: {
    column: 'exporter',
    url: 'http://${__data.fields.exporter:raw}/logs?target=${__data.fields.instance:percentencode}',
  },
};

/** Exporters as a whole: what is asked about their checks is about all of these, whichever are chosen. */
export const selectOfExporters: Select = selectWith({ check: OF_EXPORTER, exporter: OF_EXPORTER }, [
  'check',
  'target',
  'prober',
]);

function team(among: string): LabelVariable {
  return {
    label: 'team',
    title: 'Team',
    description: 'The label that the examples give to checks and targets, to say whose they are.',
    among,
    isOptional: true,
  };
}
