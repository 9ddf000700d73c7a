import { helpOf } from '../declared-metrics.ts';
import type { Board, Section } from './board.ts';
import { exporterSection } from './exporter-section.ts';
import { aggregate, increase, operate } from './expressions.ts';
import { hostSection, systemdSection } from './host-section.ts';
import { latencySection } from './latency-section.ts';
import { stat } from './panels.ts';
import { certificatesSection, httpSection, protocolsSection } from './protocol-sections.ts';
import { CHECKS } from './scope.ts';
import { failingSection, historySection, summaryLine } from './state-sections.ts';

/** For whoever scrapes `/metrics`: everything about the checks of all exporters, and about these. */
export function overviewBoard(): Board {
  return {
    uid: 'healthcheck-overview',
    title: 'Health checks / Overview',
    description:
      'The checks of healthcheck-exporter: what fails and why, latency, certificates, hosts.',
    variables: CHECKS.variables,
    sections: [
      { title: 'Summary', lines: [summaryLine(CHECKS, skippedStat())] },
      failingSection(CHECKS, { withProber: true }),
      history(),
      latencySection(CHECKS),
      httpSection(CHECKS),
      certificatesSection(CHECKS),
      hostSection(CHECKS),
      systemdSection(CHECKS),
      protocolsSection(CHECKS),
      exporterSection(),
    ],
  };
}

function skippedStat() {
  const age = aggregate('max', CHECKS.select('probe_result_age_seconds'), CHECKS.seriesLabels);
  return stat(
    {
      title: 'Skipped checks',
      description: `Checks that the last scrape had no time for, so that their last verdict is shown. ${helpOf('probe_result_age_seconds')}`,
      unit: 'none',
      empty: 'no checks',
    },
    [{ of: aggregate('sum', operate(age, '> bool', 0)), legend: 'skipped' }],
    ['green', [1, 'orange']],
  );
}

function history(): Section {
  return historySection(CHECKS, {
    title: 'Failed runs by reason',
    description: helpOf('probe_failures_total'),
    of: aggregate('sum', increase(CHECKS.select('probe_failures_total')), ['reason']),
  });
}
