import { helpOf } from '../declared-metrics.ts';
import type { Line, Section } from './board.ts';
import { aggregate, type Expression, increase, operate, quantile, rate } from './expressions.ts';
import { limitOf, lines, mapping, occurrences, type PanelText, timeline } from './panels.ts';
import { selectOfExporters as select } from './scope.ts';
import { table } from './tables.ts';

const LEGEND = '{{instance}}';
const EMPTY = 'the exporter itself is not scraped';
const RELOADS = mapping({ '0': ['old, the new one is bad', 'red'], '1': ['current', 'green'] });

/** How exporters fare, for those who run them: whole ones, whichever of their checks are chosen. */
export function exporterSection(): Section {
  return {
    title: 'The exporter itself',
    collapsed: true,
    lines: [
      { height: 7, panels: [scrapeDuration(), queueWait(), inFlight()] },
      { height: 7, panels: [checks(), runs(), sharedAndRefused()] },
      { height: 7, panels: [cpu(), memory(), eventLoop()] },
      { height: 6, panels: [reloads(), versions()] },
    ],
  };
}

type Placed = Line['panels'][number];

function scrapeDuration(): Placed {
  return graph(
    {
      title: 'Scrape duration',
      description: helpOf('healthcheck_exporter_scrape_duration_seconds'),
      unit: 's',
    },
    { [LEGEND]: highest(self('scrape_duration_seconds')) },
  );
}

function queueWait(): Placed {
  const waits = aggregate('sum', rate(self('queue_wait_seconds_bucket')), ['instance', 'le']);
  return graph(
    {
      title: 'Wait in the queue, p95',
      description: `${helpOf('healthcheck_exporter_queue_wait_seconds_bucket')} It is in no other latency.`,
      unit: 's',
    },
    { [LEGEND]: quantile(0.95, waits) },
  );
}

function inFlight(): Placed {
  return graph(
    {
      title: 'Probes in flight',
      description: `${helpOf('healthcheck_exporter_probes_in_flight')} Dashed: ${helpOf('healthcheck_exporter_concurrency_limit')}`,
      unit: 'none',
    },
    {
      [LEGEND]: highest(self('probes_in_flight')),
      [limitOf(LEGEND)]: highest(self('concurrency_limit')),
    },
  );
}

function checks(): Placed {
  return graph(
    {
      title: 'Checks configured and skipped',
      description: helpOf('healthcheck_exporter_checks_skipped'),
      unit: 'none',
    },
    {
      [`configured · ${LEGEND}`]: highest(self('checks')),
      [`skipped · ${LEGEND}`]: highest(self('checks_skipped')),
    },
  );
}

function runs(): Placed {
  const perSecond = (name: string) => aggregate('sum', rate(select(name)), ['instance']);
  return graph(
    {
      title: 'Runs and failures per second',
      description: 'Executed runs of all checks, and those of them that failed.',
      unit: 'ops',
    },
    {
      [`runs · ${LEGEND}`]: perSecond('probe_runs_total'),
      [`failures · ${LEGEND}`]: perSecond('probe_failures_total'),
    },
  );
}

function sharedAndRefused(): Placed {
  const times = (name: string) => aggregate('sum', increase(self(name)), ['instance']);
  const panel = occurrences(
    {
      title: 'Shared scrapes and refused probes',
      description: `${helpOf('healthcheck_exporter_scrapes_shared_total')} ${helpOf('healthcheck_exporter_module_unknown_total')}`,
      unit: 'none',
      empty: EMPTY,
    },
    [
      { of: times('scrapes_shared_total'), legend: `shared · ${LEGEND}` },
      { of: times('module_unknown_total'), legend: `unknown module · ${LEGEND}` },
    ],
  );
  return [8, panel];
}

function cpu(): Placed {
  return graph(
    { title: 'CPU of the exporter', description: 'Cores it keeps busy.', unit: 'none' },
    { [LEGEND]: ofProcess(rate(select('process_cpu_seconds_total'))) },
  );
}

function memory(): Placed {
  return graph(
    {
      title: 'Memory of the exporter',
      description: 'Memory it has of the system, and what its objects use of that.',
      unit: 'bytes',
    },
    {
      [`resident · ${LEGEND}`]: ofProcess(select('process_resident_memory_bytes')),
      [`heap · ${LEGEND}`]: ofProcess(select('nodejs_heap_size_used_bytes')),
    },
  );
}

function eventLoop(): Placed {
  return graph(
    {
      title: 'Event loop lag, p99',
      description: 'How late the exporter gets to what is due; it makes probes look slower.',
      unit: 's',
    },
    { [LEGEND]: ofProcess(select('nodejs_eventloop_lag_p99_seconds')) },
  );
}

function reloads(): Placed {
  const inForce = aggregate('min', self('config_last_reload_successful'), ['instance']);
  const panel = timeline(
    {
      title: 'Configuration in force',
      description: helpOf('healthcheck_exporter_config_last_reload_successful'),
      unit: 'none',
      empty: EMPTY,
    },
    [{ of: inForce, legend: LEGEND }],
    { mappings: [RELOADS], colours: ['red', [1, 'green']] },
  );
  return [12, panel];
}

function versions(): Placed {
  const started = ofProcess(select('process_start_time_seconds'));
  const configured = highest(self('config_last_reload_success_timestamp_seconds'));
  const panel = table(
    {
      title: 'Versions',
      description: 'What runs where, since when, and how old its configuration is.',
      unit: 'string',
      empty: EMPTY,
    },
    {
      labels: { instance: 'instance', version: 'version', node_version: 'Node.js' },
      columns: [
        { of: aggregate('max', self('build_info'), ['instance', 'version', 'node_version']) },
        { of: operate(started, '*', 1000), name: 'started', unit: 'dateTimeFromNow' },
        { of: operate(configured, '*', 1000), name: 'configured', unit: 'dateTimeFromNow' },
      ],
      sortBy: { displayName: 'instance' },
    },
  );
  return [12, panel];
}

/** A third of a line of lines, by their names. */
function graph(
  text: Omit<PanelText, 'empty'>,
  series: Readonly<Record<string, Expression>>,
): Placed {
  const named = Object.entries(series).map(([legend, of]) => ({ of, legend }));
  return [8, lines({ ...text, empty: EMPTY }, named)];
}

function self(name: string): Expression {
  return select(`healthcheck_exporter_${name}`);
}

function highest(of: Expression): Expression {
  return aggregate('max', of, ['instance']);
}

/** Of processes, only those that are an exporter: other jobs may be chosen too. */
function ofProcess(of: Expression): Expression {
  return highest(operate(of, 'and', self('build_info'), { on: ['job', 'instance'] }));
}
