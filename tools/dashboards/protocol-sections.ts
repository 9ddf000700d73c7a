import { helpOf } from '../declared-metrics.ts';
import type { Section } from './board.ts';
import { aggregate, overTime } from './expressions.ts';
import { type Colours, lines, stacked, timeline } from './panels.ts';
import type { Scope } from './scope.ts';
import { DAYS_LEFT_COLOURS, daysLeft, RECENTLY, slowest, whoIsShown } from './state-sections.ts';
import { table } from './tables.ts';

const NO_TLS = 'nothing speaks TLS';
const STATUS_COLOURS: Colours = [
  'red',
  [100, 'blue'],
  [200, 'green'],
  [300, 'blue'],
  [400, 'orange'],
  [500, 'red'],
];

/** Where the time of HTTP probes goes, and what was answered. */
export function httpSection(scope: Scope): Section {
  const { select, seriesLabels, legend, noun } = scope;
  const metric = 'probe_http_duration_seconds';
  const empty = 'nothing speaks HTTP';
  return {
    title: 'HTTP',
    lines: [
      {
        height: 8,
        panels: [
          [12, phasesPanel(scope, { protocol: 'HTTP', metric })],
          [
            12,
            lines(
              {
                title: `HTTP time of the slowest ${noun}s`,
                description: `All phases of the requests together, redirects included. ${whoIsShown(scope)}`,
                unit: 's',
                empty,
              },
              [{ of: slowest(scope, 'sum', metric), legend }],
              { many: true },
            ),
          ],
        ],
      },
      {
        height: 8,
        panels: [
          [
            24,
            timeline(
              {
                title: 'HTTP status codes',
                description: helpOf('probe_http_status_code'),
                unit: 'none',
                empty,
              },
              [{ of: aggregate('max', select('probe_http_status_code'), seriesLabels), legend }],
              { colours: STATUS_COLOURS },
            ),
          ],
        ],
      },
    ],
  };
}

/** What expires when, soonest first. */
export function certificatesSection(scope: Scope): Section {
  const { select, rowLabels } = scope;
  const recent = (name: string) => overTime('last_over_time', select(name), RECENTLY);
  const panel = table(
    {
      title: 'Certificates by days left',
      description: `${helpOf('probe_ssl_earliest_cert_expiry')} A chain may outlive it, where another way leads to a trusted authority.`,
      unit: 'string',
      empty: NO_TLS,
    },
    {
      labels: {
        ...Object.fromEntries(rowLabels.map((label) => [label, label])),
        version: 'TLS version',
        code: 'not trusted because',
      },
      columns: [
        {
          of: aggregate('min', daysLeft(scope, 'probe_ssl_earliest_cert_expiry'), rowLabels),
          name: 'days left',
          unit: 'd',
          decimals: 1,
          colours: DAYS_LEFT_COLOURS,
          gaugeTo: 90,
        },
        {
          of: aggregate(
            'min',
            daysLeft(scope, 'probe_ssl_last_chain_expiry_timestamp_seconds'),
            rowLabels,
          ),
          name: 'chain',
          unit: 'd',
          decimals: 1,
          empty: 'not trusted',
        },
        { of: aggregate('max', recent('probe_tls_version_info'), [...rowLabels, 'version']) },
        { of: aggregate('max', recent('probe_ssl_verify_error_info'), [...rowLabels, 'code']) },
      ],
      sortBy: { displayName: 'days left' },
    },
  );
  return { title: 'Certificates', lines: [{ height: 8, panels: [[24, panel]] }] };
}

/** Where the time goes with what is not HTTP. */
export function protocolsSection(scope: Scope): Section {
  const phases = (protocol: string, metric: string) =>
    [12, phasesPanel(scope, { protocol, metric })] as const;
  return {
    title: 'DNS, ICMP, gRPC and WebSocket',
    collapsed: true,
    lines: [
      {
        height: 8,
        panels: [
          phases('DNS', 'probe_dns_duration_seconds'),
          phases('ICMP', 'probe_icmp_duration_seconds'),
        ],
      },
      {
        height: 8,
        panels: [
          phases('gRPC', 'probe_grpc_duration_seconds'),
          phases('WebSocket', 'probe_websocket_duration_seconds'),
        ],
      },
    ],
  };
}

function phasesPanel(
  { select }: Scope,
  { protocol, metric }: { protocol: string; metric: string },
) {
  return stacked(
    {
      title: `${protocol} phases, on average`,
      description: helpOf(metric),
      unit: 's',
      empty: `nothing speaks ${protocol}`,
    },
    [{ of: aggregate('avg', select(metric), ['phase']), legend: '{{phase}}' }],
  );
}
