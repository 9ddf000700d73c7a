import { describe, expect, test } from 'vitest';
import type { Check } from '../../src/config/check.ts';
import type { Metrics } from '../../src/metrics/metrics.ts';
import { makeConfig } from '../support/checks.ts';
import { check, FAILURE, fresh, metricsOf, render, SUCCESS } from '../support/rendered-metrics.ts';

describe('histograms and counters', () => {
  test('count each executed run once and live on', async () => {
    const web = check('web');
    const metrics = metricsOf([web]);
    metrics.executed(web, SUCCESS, 0.001);
    metrics.executed(web, FAILURE, 0.001);
    metrics.skipped(web);
    const { lines } = await render(metrics, [fresh(web)]);
    const labels = 'check="web",prober="fake"';
    expect(lines).toEqual(
      expect.arrayContaining([
        `probe_latency_seconds_bucket{${labels},le="0.1"} 0`,
        `probe_latency_seconds_bucket{${labels},le="1.0"} 2`,
        `probe_latency_seconds_bucket{${labels},le="10.0"} 2`,
        `probe_latency_seconds_bucket{${labels},le="+Inf"} 2`,
        `probe_latency_seconds_sum{${labels}} 1`,
        `probe_latency_seconds_count{${labels}} 2`,
        `probe_runs_total{${labels}} 2`,
        `probe_failures_total{${labels},reason="dns"} 1`,
        `probe_skipped_total{${labels}} 1`,
        'healthcheck_exporter_queue_wait_seconds_count 2',
      ]),
    );
  });

  test('begin at 0 for a check that was never executed', async () => {
    const web = check('web');
    const { lines } = await render(metricsOf([web]), [fresh(web)]);
    expect(lines).toContain('probe_runs_total{check="web",prober="fake"} 0');
    expect(lines).toContain('probe_skipped_total{check="web",prober="fake"} 0');
  });

  test('trap 20: of removed checks leave no series, those of kept ones live on', async () => {
    const [kept, removed] = [check('kept'), check('removed')];
    const metrics = metricsOf([kept, removed]);
    for (const one of [kept, removed]) metrics.executed(one, FAILURE, 0);
    // A reload makes new objects of the same identity.
    const again = check('kept');
    metrics.configure(makeConfig([again]));
    metrics.executed(removed, FAILURE, 0);
    const { text, lines } = await render(metrics, [fresh(again), fresh(removed)].slice(0, 1));
    expect(text).not.toContain('removed');
    expect(lines).toContain('probe_runs_total{check="kept",prober="fake"} 1');
    metrics.configure(makeConfig([again, removed]));
    const back = await render(metrics, [fresh(removed)]);
    expect(back.lines).toContain('probe_runs_total{check="removed",prober="fake"} 0');
    expect(back.text).not.toContain('probe_failures_total');
  });

  test('trap 20: of a label value that is no more there is no series', async () => {
    const web = check('web');
    const metrics = metricsOf([web]);
    const saying = (text: string) => ({
      ...SUCCESS,
      samples: [{ name: 'probe_b_info', value: 1, labels: { text } }],
    });
    for (let scrape = 0; scrape < 100; scrape++) {
      metrics.executed(web, saying(`value ${scrape}`), 0);
      await render(metrics, [fresh(web, saying(`value ${scrape}`))]);
    }
    const { lines } = await render(metrics, [fresh(web, saying('the last'))]);
    expect(lines.filter((line) => line.startsWith('probe_b_info'))).toEqual([
      'probe_b_info{check="web",prober="fake",text="the last"} 1',
    ]);
  });

  test('start anew where other buckets are configured', async () => {
    const web = check('web');
    const metrics = metricsOf([web]);
    metrics.executed(web, SUCCESS, 0);
    metrics.configure(makeConfig([web], { latencyBuckets: [2] }));
    metrics.executed(web, SUCCESS, 0);
    const { lines } = await render(metrics, [fresh(web)]);
    expect(lines.filter((line) => line.startsWith('probe_latency_seconds_bucket'))).toEqual([
      'probe_latency_seconds_bucket{check="web",prober="fake",le="2.0"} 1',
      'probe_latency_seconds_bucket{check="web",prober="fake",le="+Inf"} 1',
    ]);
  });

  test('are shown of the checks asked for only', async () => {
    const [a, b] = [check('a'), check('b')];
    const metrics = metricsOf([a, b]);
    for (const one of [a, b]) metrics.executed(one, SUCCESS, 0);
    const { text } = await render(metrics, [fresh(a)]);
    expect(text).toContain('probe_runs_total{check="a"');
    expect(text).not.toContain('check="b"');
  });

  test.each<[string, (metrics: Metrics, checks: readonly Check[]) => void]>([
    [
      'ends',
      (metrics, checks) => {
        for (const one of checks) metrics.executed(one, SUCCESS, 0);
      },
    ],
    [
      'ends under other buckets',
      (metrics, checks) => {
        metrics.configure(makeConfig(checks, { latencyBuckets: [0.1, 0.2, 0.3, 0.4, 0.6] }));
        for (const one of checks) metrics.executed(one, SUCCESS, 0);
      },
    ],
  ])('of one check add up when a run %s while they are written', async (_, meanwhile) => {
    const checks = Array.from({ length: 300 }, (_, index) => check(`${index}`));
    const metrics = metricsOf(checks);
    for (const one of checks) metrics.executed(one, SUCCESS, 0);
    let text = '';
    for (const slice of await metrics.render(
      { views: checks.map((one) => fresh(one)), durationSeconds: 0 },
      'text',
    )) {
      text += slice;
      meanwhile(metrics, checks);
    }
    const all = [
      ...text.matchAll(
        /^probe_latency_seconds_bucket\{(?<labels>.*),le="\+Inf"\} (?<value>\d+)$/gm,
      ),
    ];
    expect(all).toHaveLength(300);
    const torn = all.filter(
      ({ groups }) =>
        !text.includes(`\nprobe_latency_seconds_count{${groups?.labels}} ${groups?.value}\n`),
    );
    expect(torn).toEqual([]);
  });
});
