import { helpOf } from '../declared-metrics.ts';
import type { Section } from './board.ts';
import { aggregate, type Expression, increase, operate, quantile, rate } from './expressions.ts';
import { limitOf, lines, mapping, occurrences, timeline } from './panels.ts';
import type { Scope } from './scope.ts';
import { table } from './tables.ts';

const LEGEND = '{{instance}}';
const EMPTY = 'the exporter itself is not scraped';

/** How the exporter fares, for those who run it. */
export function exporterSection({ select }: Scope): Section {
  const graph = (
    text: { title: string; description: string; unit: string },
    ...series: readonly (readonly [of: Expression, legend: string])[]
  ) =>
    [
      8,
      lines(
        { ...text, empty: EMPTY },
        series.map(([of, legend]) => ({ of, legend })),
      ),
    ] as const;
  const highest = (of: Expression) => aggregate('max', of, ['instance']);
  const self = (name: string) => select(`healthcheck_exporter_${name}`);
  // Of processes, only those that are an exporter: other jobs may be chosen too.
  const ofProcess = (of: Expression) =>
    highest(operate(of, 'and', self('build_info'), { on: ['job', 'instance'] }));
  const perSecond = (name: string) => aggregate('sum', rate(select(name)), ['instance']);

  return {
    title: 'The exporter itself',
    collapsed: true,
    lines: [
      {
        height: 7,
        panels: [
          graph(
            {
              title: 'Scrape duration',
              description: helpOf('healthcheck_exporter_scrape_duration_seconds'),
              unit: 's',
            },
            [highest(self('scrape_duration_seconds')), LEGEND],
          ),
          graph(
            {
              title: 'Wait in the queue, p95',
              description: `${helpOf('healthcheck_exporter_queue_wait_seconds_bucket')} It is in no other latency.`,
              unit: 's',
            },
            [
              quantile(
                0.95,
                aggregate('sum', rate(self('queue_wait_seconds_bucket')), ['instance', 'le']),
              ),
              LEGEND,
            ],
          ),
          graph(
            {
              title: 'Probes in flight',
              description: `${helpOf('healthcheck_exporter_probes_in_flight')} Dashed: ${helpOf('healthcheck_exporter_concurrency_limit')}`,
              unit: 'none',
            },
            [highest(self('probes_in_flight')), LEGEND],
            [highest(self('concurrency_limit')), limitOf(LEGEND)],
          ),
        ],
      },
      {
        height: 7,
        panels: [
          graph(
            {
              title: 'Checks configured and skipped',
              description: helpOf('healthcheck_exporter_checks_skipped'),
              unit: 'none',
            },
            [highest(self('checks')), `configured · ${LEGEND}`],
            [highest(self('checks_skipped')), `skipped · ${LEGEND}`],
          ),
          graph(
            {
              title: 'Runs and failures per second',
              description: 'Executed runs, and those of them that failed.',
              unit: 'ops',
            },
            [perSecond('probe_runs_total'), `runs · ${LEGEND}`],
            [perSecond('probe_failures_total'), `failures · ${LEGEND}`],
          ),
          [
            8,
            occurrences(
              {
                title: 'Shared scrapes and refused probes',
                description: `${helpOf('healthcheck_exporter_scrapes_shared_total')} ${helpOf('healthcheck_exporter_module_unknown_total')}`,
                unit: 'none',
                empty: EMPTY,
              },
              [
                {
                  of: aggregate('sum', increase(self('scrapes_shared_total')), ['instance']),
                  legend: `shared · ${LEGEND}`,
                },
                {
                  of: aggregate('sum', increase(self('module_unknown_total')), ['instance']),
                  legend: `unknown module · ${LEGEND}`,
                },
              ],
            ),
          ],
        ],
      },
      {
        height: 7,
        panels: [
          graph(
            {
              title: 'CPU of the exporter',
              description: 'Cores it keeps busy.',
              unit: 'none',
            },
            [ofProcess(rate(select('process_cpu_seconds_total'))), LEGEND],
          ),
          graph(
            {
              title: 'Memory of the exporter',
              description: 'Memory it has of the system, and what its objects use of that.',
              unit: 'bytes',
            },
            [ofProcess(select('process_resident_memory_bytes')), `resident · ${LEGEND}`],
            [ofProcess(select('nodejs_heap_size_used_bytes')), `heap · ${LEGEND}`],
          ),
          graph(
            {
              title: 'Event loop lag, p99',
              description:
                'How late the exporter gets to what is due; it makes probes look slower.',
              unit: 's',
            },
            [ofProcess(select('nodejs_eventloop_lag_p99_seconds')), LEGEND],
          ),
        ],
      },
      { height: 6, panels: [reloads(), versions()] },
    ],
  };

  function reloads() {
    const panel = timeline(
      {
        title: 'Configuration in force',
        description: helpOf('healthcheck_exporter_config_last_reload_successful'),
        unit: 'none',
        empty: EMPTY,
      },
      [
        {
          of: aggregate('min', self('config_last_reload_successful'), ['instance']),
          legend: LEGEND,
        },
      ],
      { mappings: [RELOADS], colours: ['red', [1, 'green']] },
    );
    return [12, panel] as const;
  }

  function versions() {
    const started = select('process_start_time_seconds');
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
          {
            of: operate(ofProcess(started), '*', 1000),
            ...{ name: 'started', unit: 'dateTimeFromNow' },
          },
          {
            of: operate(
              highest(self('config_last_reload_success_timestamp_seconds')),
              ...(['*', 1000] as const),
            ),
            ...{ name: 'configured', unit: 'dateTimeFromNow' },
          },
        ],
        sortBy: { displayName: 'instance' },
      },
    );
    return [12, panel] as const;
  }
}

const RELOADS = mapping({ '0': ['old, the new one is bad', 'red'], '1': ['current', 'green'] });
