import { helpOf } from '../declared-metrics.ts';
import type { Line, Section } from './board.ts';
import { aggregate, type Expression, increase, operate } from './expressions.ts';
import { limitOf, lines, mapping, stepsOf } from './panels.ts';
import type { Scope } from './scope.ts';
import { table } from './tables.ts';

/** Disks, memory and CPU against the thresholds that the configuration sets for them. */
export function hostSection(scope: Scope): Section {
  const { select } = scope;
  const usedOf = (free: Expression, total: Expression) =>
    operate(1, '-', operate(free, '/', total));
  const panel = (used: Used) => usedPanel(scope, used);
  return {
    title: 'Hosts',
    lines: [
      {
        height: 7,
        panels: [
          panel({
            title: 'Disk used',
            description: helpOf('probe_disk_used_ratio'),
            resource: 'disk',
            share: select('probe_disk_used_ratio'),
          }),
          panel({
            title: 'Inodes used',
            description: 'Used inodes as a share of all, where their number is fixed.',
            resource: 'inodes',
            share: usedOf(select('probe_disk_inodes_free'), select('probe_disk_inodes')),
          }),
        ],
      },
      {
        height: 7,
        panels: [
          panel({
            title: 'Memory used',
            description: helpOf('probe_memory_used_ratio'),
            resource: 'memory',
            share: select('probe_memory_used_ratio'),
          }),
          panel({
            title: 'Swap used',
            description: 'Used swap space as a share of all, where there is any.',
            resource: 'swap',
            share: usedOf(
              select('probe_swap_free_bytes'),
              operate(select('probe_swap_total_bytes'), '>', 0),
            ),
          }),
        ],
      },
      {
        height: 7,
        panels: [
          panel({
            title: 'CPU used',
            description: helpOf('probe_cpu_used_ratio'),
            resource: 'cpu',
            share: select('probe_cpu_used_ratio'),
          }),
          panel({
            title: 'Load per core',
            description: 'Load average of the last minute for each core.',
            resource: 'load_per_core',
            share: operate(select('probe_load1'), '/', select('probe_cpu_cores')),
            unit: 'none',
          }),
        ],
      },
    ],
  };
}

/** How much of a resource is used, which has a threshold of its name. */
interface Used {
  readonly title: string;
  readonly description: string;
  readonly resource: string;
  readonly share: Expression;
  readonly unit?: string;
}

function usedPanel(
  { select, seriesLabels, legend }: Scope,
  { title, description, resource, share, unit = 'percentunit' }: Used,
): Line['panels'][number] {
  const threshold = select('probe_threshold_ratio', { resource });
  const panel = lines(
    { title, description: `${description} Dashed: the threshold.`, unit, empty: 'not checked' },
    [
      { of: aggregate('max', share, seriesLabels), legend },
      { of: aggregate('max', threshold, seriesLabels), legend: limitOf(legend) },
    ],
    { many: true },
  );
  return [12, panel];
}

const UNIT_STATES = mapping({
  active: ['active', 'green'],
  reloading: ['reloading', 'blue'],
  activating: ['activating', 'yellow'],
  deactivating: ['deactivating', 'yellow'],
  inactive: ['inactive', 'orange'],
  failed: ['failed', 'red'],
});

/** What systemd says about units. */
export function systemdSection({ select, rowLabels }: Scope): Section {
  const inState = operate(select('probe_systemd_unit_state'), '==', 1);
  const restarts = increase(select('probe_systemd_unit_restarts_total'), '$__range');
  const since = operate(select('probe_systemd_unit_active_enter_timestamp_seconds'), '*', 1000);
  const panel = table(
    {
      title: 'systemd units',
      description: `The state of each unit, and how often systemd restarted it within the time shown. ${helpOf('probe_systemd_unit_active_enter_timestamp_seconds')}`,
      unit: 'string',
      empty: 'no units are checked',
    },
    {
      labels: {
        ...Object.fromEntries(rowLabels.map((label) => [label, label])),
        state: 'state',
        sub_state: 'sub-state',
        load_state: 'loaded',
      },
      columns: [
        { of: aggregate('max', inState, [...rowLabels, 'state']) },
        {
          of: aggregate('max', select('probe_systemd_unit_info'), [
            ...rowLabels,
            'sub_state',
            'load_state',
          ]),
        },
        {
          of: aggregate('max', since, rowLabels),
          name: 'last became active',
          unit: 'dateTimeFromNow',
          empty: 'never',
        },
        {
          of: aggregate('max', restarts, rowLabels),
          name: 'restarts',
          unit: 'none',
          decimals: 0,
          empty: '',
        },
      ],
      sortBy: { displayName: 'state', desc: true },
    },
  ).overrideByName('state', [
    { id: 'mappings', value: [UNIT_STATES] },
    { id: 'custom.cellOptions', value: { type: 'color-text' } },
    { id: 'thresholds', value: { mode: 'absolute', steps: stepsOf(['text']) } },
  ]);
  return { title: 'systemd', lines: [{ height: 7, panels: [[24, panel]] }] };
}
