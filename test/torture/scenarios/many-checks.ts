import { openConnection, scrapeRequest } from '../../bench/contenders/connection.ts';
import { configurationOf } from '../../bench/contenders/exporter.ts';
import { samplesOf } from '../../bench/contenders/reported.ts';
import { startDelayedTarget } from '../../bench/targets/delayed.ts';
import { startExporterProcess } from '../../support/exporter-process.ts';
import { judge, judgesTimes, rounded, type Scenario, scaled } from '../scenario.ts';

const CHECKS = 1000;
const IN_FLIGHT = 64;
const TARGET_MS = 200;
const SCRAPES = 5;
const SCRAPE_TIMEOUT_SECONDS = 10;

const LONGEST_MS = 5000;
const MOST_LAG_MS = 50;

export const scenario: Scenario = {
  name: 'many-checks',
  proof: [1],
  title: '1,000 checks of targets that take 200 ms are all in one scrape of less than 5 s',
  run: async (scale) => {
    const checks = scaled(CHECKS, scale, IN_FLIGHT);
    await using target = await startDelayedTarget(TARGET_MS);
    const config = configurationOf(target.probing, { checks, inFlight: IN_FLIGHT });
    await using exporter = await startExporterProcess({ config });
    using connection = await openConnection(exporter.port);
    const request = scrapeRequest('/metrics', exporter.port, SCRAPE_TIMEOUT_SECONDS);
    const wallMs: number[] = [];
    const lagMs: number[] = [];
    for (let scrape = 0; scrape < SCRAPES; scrape++) {
      const startedAt = performance.now();
      const answer = await connection.ask(request);
      wallMs.push(performance.now() - startedAt);
      const text = answer.text();
      assertWhole(text, checks);
      // The exporter's own: of all that happened since the scrape before. The first one also tells of the start.
      if (scrape > 0) lagMs.push(eventLoopLagP99Ms(text));
    }
    const slowestMs = Math.max(...wallMs);
    const mostLagMs = Math.max(...lagMs);
    const figures = {
      checks,
      'in flight': IN_FLIGHT,
      scrapes: SCRAPES,
      'slowest scrape, ms': rounded(slowestMs, 0),
      'least possible, ms': Math.ceil(checks / IN_FLIGHT) * TARGET_MS,
      'p99 of the event loop’s lag, ms, worst scrape': rounded(mostLagMs),
    };
    return judge(figures, [
      [!judgesTimes(scale) || slowestMs < LONGEST_MS, `a scrape took ${rounded(slowestMs, 0)} ms`],
      [
        !judgesTimes(scale) || mostLagMs < MOST_LAG_MS,
        `the event loop was held up by ${rounded(mostLagMs)} ms`,
      ],
    ]);
  },
};

/** What every check has that was executed and healthy. */
const SERIES = [
  'probe_success',
  'probe_duration_seconds',
  'probe_result_age_seconds',
  'probe_http_status_code',
  'probe_latency_seconds_count',
];

function assertWhole(text: string, checks: number): void {
  for (const name of SERIES) {
    const found = samplesOf(text, `${name}`).length;
    if (found !== checks) throw new Error(`a scrape had ${name} of ${found} of ${checks} checks`);
  }
  const down = samplesOf(text, 'probe_success').filter(({ value }) => value !== 1).length;
  const aged = samplesOf(text, 'probe_result_age_seconds').filter(({ value }) => value > 0).length;
  if (down + aged > 0) throw new Error(`of a scrape ${down} were down and ${aged} not executed`);
}

function eventLoopLagP99Ms(text: string): number {
  const [lag] = samplesOf(text, 'nodejs_eventloop_lag_p99_seconds');
  if (!lag) throw new Error('the exporter said nothing of the lag of its event loop');
  return lag.value * 1000;
}
