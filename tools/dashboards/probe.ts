import { helpOf } from '../declared-metrics.ts';
import type { Board, Section } from './board.ts';
import { aggregate, overTime } from './expressions.ts';
import { stat } from './panels.ts';
import { certificatesSection, httpSection, protocolsSection } from './protocol-sections.ts';
import { TARGETS } from './scope.ts';
import {
  DAYS_LEFT_COLOURS,
  daysLeft,
  durationLine,
  failingSection,
  historySection,
  RECENTLY,
  summaryLine,
} from './state-sections.ts';
import { table } from './tables.ts';

const { select, rowLabels } = TARGETS;

/** For whoever scrapes `/probe` as they did with blackbox_exporter. */
export function probeBoard(): Board {
  return {
    uid: 'healthcheck-probe',
    title: 'Health checks / Targets of /probe',
    description:
      'Targets probed by /probe, of healthcheck-exporter or blackbox_exporter: the label instance is the target.',
    variables: TARGETS.variables,
    sections: [
      { title: 'Summary', lines: [summaryLine(TARGETS, slowestStat())] },
      failingSection(TARGETS, { withProber: false }),
      targetsSection(),
      history(),
      { title: 'Duration', lines: [durationLine(TARGETS)] },
      httpSection(TARGETS),
      certificatesSection(TARGETS),
      protocolsSection(TARGETS),
    ],
  };
}

function slowestStat() {
  return stat(
    {
      title: 'Slowest target',
      description: 'The longest of the last probes of all targets.',
      unit: 's',
      empty: 'no targets',
    },
    [{ of: aggregate('max', select('probe_duration_seconds')), legend: 'slowest' }],
    ['text'],
  );
}

function targetsSection(): Section {
  const highest = (name: string) => aggregate('max', select(name), rowLabels);
  const panel = table(
    {
      title: 'Targets',
      description: 'What the last probe of each target found out.',
      unit: 'string',
      empty: 'no targets',
    },
    {
      labels: {
        ...Object.fromEntries(rowLabels.map((label) => [label, label])),
        version: 'TLS version',
      },
      columns: [
        {
          of: aggregate('min', select('probe_success'), rowLabels),
          name: 'up',
          unit: 'bool_yes_no',
          colours: ['red', [1, 'green']],
        },
        { of: highest('probe_http_status_code'), name: 'HTTP status', unit: 'none' },
        { of: highest('probe_http_version'), name: 'HTTP version', unit: 'none' },
        { of: highest('probe_http_redirects'), name: 'redirects', unit: 'none' },
        { of: aggregate('max', select('probe_tls_version_info'), [...rowLabels, 'version']) },
        {
          of: aggregate('min', daysLeft(TARGETS, 'probe_ssl_earliest_cert_expiry'), rowLabels),
          name: 'certificate',
          unit: 'd',
          decimals: 1,
          colours: DAYS_LEFT_COLOURS,
        },
        { of: average('probe_duration_seconds'), name: 'duration', unit: 's' },
        { of: average('probe_dns_lookup_time_seconds'), name: 'name lookup', unit: 's' },
      ],
      sortBy: { displayName: 'up' },
    },
  );
  return { title: 'Targets', lines: [{ height: 9, panels: [[24, panel]] }] };
}

function average(name: string) {
  return aggregate('avg', overTime('avg_over_time', select(name), RECENTLY), rowLabels);
}

function history(): Section {
  return historySection(TARGETS, {
    title: 'Failing targets by reason',
    description: helpOf('probe_failure_info'),
    of: aggregate('count', select('probe_failure_info'), ['reason']),
  });
}
