import { helpOf } from '../declared-metrics.ts';
import type { Line, Section } from './board.ts';
import {
  aggregate,
  type Expression,
  greatest,
  lastSeen,
  operate,
  overTime,
  wholeAverage,
} from './expressions.ts';
import {
  bars,
  type Colours,
  lines,
  mapping,
  occurrences,
  type Series,
  stat,
  timeline,
} from './panels.ts';
import type { Scope } from './scope.ts';
import { table } from './tables.ts';

/** For how long a slow check that takes turns with others may be missing from scrapes. */
export const RECENTLY = '10m';
/** As the alert rules see it: three weeks are a warning, one is urgent. */
export const DAYS_LEFT_COLOURS: Colours = ['red', [7, 'orange'], [21, 'green']];

const UP_AND_DOWN = mapping({ '0': ['DOWN', 'red'], '1': ['UP', 'green'] });
const NONE_IS_GOOD: Colours = ['green', [1, 'red']];
const SHARE_COLOURS: Colours = ['red', [0.99, 'orange'], [0.999, 'green']];
const CLOSE_TO_LIMIT: Colours = ['green', [0.5, 'yellow'], [0.8, 'red']];
/** As many lines as can be told apart, however many there are. */
const SHOWN = 20;

/** The numbers to look at first; the last one is the dashboard's own. */
export function summaryLine(scope: Scope, last: Line['panels'][number][1]): Line {
  const { noun, select } = scope;
  const verdicts = verdictsOf(scope);
  const all = aggregate('count', verdicts);
  const healthy = aggregate('sum', verdicts);
  const text = { unit: 'none', empty: `no ${noun}s` };
  const panels = [
    stat(
      {
        ...text,
        title: `Healthy ${noun}s`,
        description: `How many ${noun}s are healthy, and how many there are.`,
      },
      [
        { of: healthy, legend: 'healthy' },
        { of: all, legend: 'all' },
      ],
      ['text'],
    ),
    stat(
      {
        ...text,
        title: `Failing ${noun}s`,
        description: 'How many fail now. The table below says why.',
      },
      [{ of: operate(all, '-', healthy), legend: 'failing' }],
      NONE_IS_GOOD,
    ),
    stat(
      {
        title: 'Availability in the time shown',
        description: `The share of scrapes that found a ${noun} healthy, averaged over all of them.`,
        unit: 'percentunit',
        empty: `no ${noun}s`,
      },
      [
        {
          of: aggregate('avg', overTime('avg_over_time', select('probe_success'), '$__range')),
          legend: 'available',
        },
      ],
      SHARE_COLOURS,
    ).decimals(2),
    stat(
      {
        title: 'Next certificate to expire',
        description: 'Days until the first certificate among all that were sent expires.',
        unit: 'd',
        empty: 'no certificates',
      },
      [{ of: aggregate('min', daysLeft(scope, 'probe_ssl_earliest_cert_expiry')), legend: 'left' }],
      DAYS_LEFT_COLOURS,
    ).decimals(1),
    scrapedStat(scope),
    last,
  ];
  return { height: 4, panels: panels.map((panel) => [4, panel]) };
}

/** The days until the moment that a metric tells. */
export function daysLeft({ select }: Scope, name: string): Expression {
  const moment = overTime('last_over_time', select(name), RECENTLY);
  return operate(operate(moment, '-', 'time()'), '/', 86_400);
}

/** What fails now, and why. */
export function failingSection(scope: Scope, { withProber }: { withProber: boolean }): Section {
  const { noun, select, rowLabels, log } = scope;
  const failing = select('probe_failure_info');
  const labels = [...rowLabels, ...(withProber ? ['prober'] : []), 'reason'];
  const healthy = lastSeen(operate(select('probe_success'), '==', 1));
  const matching = { ignoring: ['reason'], manyToOne: true };
  const lastHealthy = operate(operate(failing, '*', healthy, matching), '*', 1000);
  const panel = table(
    {
      title: 'Failing now',
      description: `Every ${noun} that fails, the reason, and when it was last healthy within the time shown. The column ${log.column} leads to the exporter's log of the newest probe.`,
      unit: 'string',
      empty: 'nothing fails',
    },
    {
      labels: Object.fromEntries(labels.map((label) => [label, label])),
      columns: [
        { of: aggregate('max', failing, labels) },
        {
          of: aggregate('max', lastHealthy, labels),
          name: 'last healthy',
          unit: 'dateTimeFromNow',
          empty: 'not in the time shown',
        },
      ],
      sortBy: { displayName: rowLabels[0] ?? '' },
    },
  )
    // Enough to see when something ended, and bounded however long the time shown is.
    .maxDataPoints(360)
    .overrideByName(log.column, [
      {
        id: 'links',
        value: [{ title: 'Log of the newest probe', url: log.url, targetBlank: true }],
      },
    ])
    .overrideByName('reason', [{ id: 'custom.cellOptions', value: { type: 'color-text' } }, RED]);
  return { title: 'Failing', lines: [{ height: 8, panels: [[24, panel]] }] };
}

/** Who was healthy when, and below it what failed for which reasons. */
export function historySection(
  scope: Scope,
  failures: { title: string; description: string; of: Series['of'] },
): Section {
  const upAndDown = timeline(
    {
      title: 'Up and down',
      description: `${helpOf('probe_success')} A gap is time without a verdict.`,
      unit: 'none',
      empty: `no ${scope.noun}s`,
    },
    [{ of: verdictsOf(scope), legend: scope.legend }],
    { mappings: [UP_AND_DOWN], colours: ['red', [1, 'green']] },
  );
  const { title, description, of } = failures;
  const reasons = occurrences({ title, description, unit: 'none', empty: 'nothing failed' }, [
    { of, legend: '{{reason}}' },
  ]);
  return {
    title: 'History',
    lines: [
      { height: 10, panels: [[24, upAndDown]] },
      { height: 7, panels: [[24, reasons]] },
    ],
  };
}

/** How long the slowest took, and who is close to being called down for it. */
export function durationLine(scope: Scope): Line {
  const { noun, select, seriesLabels, legend } = scope;
  const share = operate(select('probe_duration_seconds'), '/', select('probe_timeout_seconds'));
  return {
    height: 9,
    panels: [
      [
        16,
        lines(
          {
            title: `Duration of the slowest ${noun}s`,
            description: `${helpOf('probe_duration_seconds')} ${whoIsShown(scope)}`,
            unit: 's',
            empty: `no ${noun}s`,
          },
          [{ of: slowest(scope, 'max', 'probe_duration_seconds'), legend }],
          { many: true },
        ),
      ],
      [
        8,
        bars(
          {
            title: 'Closest to their timeout',
            description: `The share of its timeout that each of the ten slowest ${noun}s needs; at 100 % it fails.`,
            unit: 'percentunit',
            empty: `no ${noun}s`,
          },
          [{ of: greatest(10, aggregate('max', share, seriesLabels)), legend }],
          CLOSE_TO_LIMIT,
        ),
      ],
    ],
  };
}

/**
 * What these metrics say of the slowest, added up or the greatest of each. The same ones all the time: who is in the
 * first twenty only now and then does not make a line of its own.
 */
export function slowest(
  { select, seriesLabels }: Scope,
  how: 'sum' | 'max',
  metric: string,
): Expression {
  const shown = aggregate(how, select(metric), seriesLabels);
  const average = aggregate(how, wholeAverage(select(metric)), seriesLabels);
  return operate(shown, 'and', greatest(SHOWN, average), { on: seriesLabels });
}

/** What descriptions say about `slowest`. */
export function whoIsShown({ noun }: Scope): string {
  return `Shown are the ${SHOWN} ${noun}s that are slowest on average over the time shown.`;
}

/** One verdict each, the worst, however many jobs or exporters ask for it. */
function verdictsOf({ select, seriesLabels }: Scope): Expression {
  return aggregate('min', select('probe_success'), seriesLabels);
}

/** The scrapes themselves, of the jobs that brought verdicts within the time shown. */
function scrapedStat({ select }: Scope) {
  const jobs = overTime('last_over_time', select('probe_success'), '$__range');
  // Each series is one target, by whatever labels they are told apart: /sd has many of one instance.
  const up = operate(select('up'), 'and', jobs, { on: ['job'] });
  return stat(
    {
      title: 'Failing scrapes',
      description:
        'How many targets of Prometheus it cannot scrape, so that nothing is known about what they check.',
      unit: 'none',
      empty: 'never scraped',
    },
    [
      {
        of: operate(aggregate('count', up), '-', aggregate('sum', up)),
        legend: 'failing',
      },
    ],
    NONE_IS_GOOD,
  );
}

const RED = { id: 'color', value: { mode: 'fixed', fixedColor: 'red' } };
