import { helpOf } from '../declared-metrics.ts';
import type { Section } from './board.ts';
import { aggregate, type Expression, increase, operate } from './expressions.ts';
import { limitOf, lines, mapping, stepsOf } from './panels.ts';
import type { Scope } from './scope.ts';
import { table } from './tables.ts';

/** Disks, memory and CPU against the thresholds that the configuration sets for them. */
export function hostSection({ select, seriesLabels, legend }: Scope): Section {
  const used = (title: string, description: string, resource: string, share: Expression) =>
    [
      8,
      lines(
        {
          title,
          description: `${description} Dashed: the threshold.`,
          unit: resource === 'load_per_core' ? 'none' : 'percentunit',
          empty: 'not checked',
        },
        [
          { of: aggregate('max', share, seriesLabels), legend },
          {
            of: aggregate('max', select('probe_threshold_ratio', { resource }), seriesLabels),
            legend: limitOf(legend),
          },
        ],
      ),
    ] as const;
  const usedOf = (free: Expression, total: Expression) =>
    operate(1, '-', operate(free, '/', total));
  const swap = operate(select('probe_swap_total_bytes'), '>', 0);

  return {
    title: 'Hosts',
    lines: [
      {
        height: 7,
        panels: [
          used(
            'Disk used',
            helpOf('probe_disk_used_ratio'),
            'disk',
            select('probe_disk_used_ratio'),
          ),
          used(
            'Inodes used',
            'Used inodes as a share of all, where their number is fixed.',
            'inodes',
            usedOf(select('probe_disk_inodes_free'), select('probe_disk_inodes')),
          ),
          used(
            'Memory used',
            helpOf('probe_memory_used_ratio'),
            'memory',
            select('probe_memory_used_ratio'),
          ),
        ],
      },
      {
        height: 7,
        panels: [
          used(
            'Swap used',
            'Used swap space as a share of all, where there is any.',
            'swap',
            usedOf(select('probe_swap_free_bytes'), swap),
          ),
          used('CPU used', helpOf('probe_cpu_used_ratio'), 'cpu', select('probe_cpu_used_ratio')),
          used(
            'Load per core',
            'Load average of the last minute for each core.',
            'load_per_core',
            operate(select('probe_load1'), '/', select('probe_cpu_cores')),
          ),
        ],
      },
    ],
  };
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
        ...{ state: 'state', sub_state: 'sub-state', load_state: 'loaded' },
      },
      columns: [
        { of: aggregate('max', inState, [...rowLabels, 'state']) },
        {
          of: aggregate('max', select('probe_systemd_unit_info'), [
            ...rowLabels,
            ...['sub_state', 'load_state'],
          ]),
        },
        {
          of: aggregate('max', since, rowLabels),
          ...{ name: 'last became active', unit: 'dateTimeFromNow', empty: 'never' },
        },
        {
          of: aggregate('max', restarts, rowLabels),
          ...{ name: 'restarts', unit: 'none', decimals: 0, empty: '' },
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
