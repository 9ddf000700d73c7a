import { describe, expect, test, vi } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { createEngine, SILENT_LISTENER } from '../../src/engine/engine.ts';
import { Counter, Gauge, readMetric } from '../../src/metrics/client.ts';
import { CHECK_METRICS, LIVING_METRICS, SELF_METRICS } from '../../src/metrics/declarations.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { PROBERS } from '../../src/probers/index.ts';
import { makeCheck, makeConfig, takes } from '../support/checks.ts';
import { check, FAILURE, fresh, metricsOf, render, SUCCESS } from '../support/rendered-metrics.ts';

describe('the gauges of a scrape', () => {
  test('show the verdict, the duration and the T of an executed check, with its own labels', async () => {
    const web = check('web', { team: 'a' });
    const { lines } = await render(metricsOf([web]), [fresh(web)]);
    const labels = '{team="a",check="web",prober="fake"}';
    expect(lines).toContain(`probe_success${labels} 1`);
    expect(lines).toContain(`probe_duration_seconds${labels} 0.5`);
    expect(lines).toContain(`probe_timeout_seconds${labels} 5`);
    expect(lines).toContain(`probe_result_age_seconds${labels} 0`);
    expect(lines.join('\n')).not.toContain('probe_failure_info');
  });

  test('say the reason while a check fails, and only then', async () => {
    const web = check('web');
    const { lines } = await render(metricsOf([web]), [fresh(web, FAILURE)]);
    expect(lines).toContain('probe_failure_info{check="web",prober="fake",reason="dns"} 1');
    expect(lines).toContain('probe_success{check="web",prober="fake"} 0');
  });

  test('of a skipped check are its last verdict, its reason and its age, nothing else', async () => {
    const web = check('web');
    const samples = [{ name: 'probe_a', value: 1, labels: {} }];
    const view = { check: web, outcome: { ...FAILURE, samples }, fresh: false, ageSeconds: 12 };
    const { lines } = await render(metricsOf([web]), [view]);
    const own = lines.filter((line) => line.includes('check="web"') && !line.includes('_total'));
    expect(own).toEqual([
      'probe_failure_info{check="web",prober="fake",reason="dns"} 1',
      'probe_result_age_seconds{check="web",prober="fake"} 12',
      'probe_success{check="web",prober="fake"} 0',
    ]);
    expect(lines).toContain('healthcheck_exporter_checks_skipped 1');
    expect(lines).toContain('healthcheck_exporter_checks_selected 1');
  });

  test('of a check never executed are absent, not 0', async () => {
    const web = check('web');
    const view = { check: web, outcome: undefined, fresh: false, ageSeconds: 0 };
    const { text } = await render(metricsOf([web]), [view]);
    expect(text).not.toContain('probe_success');
  });

  test('a label of a sample that the check carries too is renamed, so that one bad sample never costs the scrape', async () => {
    const web = check('web', { text: 'mine' });
    const samples = [{ name: 'probe_b_info', value: 1, labels: { text: 'theirs', check: 'x' } }];
    const { lines } = await render(metricsOf([web]), [fresh(web, { ...SUCCESS, samples })]);
    expect(lines).toContain(
      'probe_b_info{text="mine",check="web",prober="fake",exported_text="theirs",exported_check="x"} 1',
    );
  });

  test('renamed labels never meet one that is there already', async () => {
    const web = check('web', { team: 'mine', exported_team: 'too' });
    const labels = { team: 'a', check: 'b', exported_check: 'c' };
    const samples = [{ name: 'probe_b_info', value: 1, labels }];
    const { lines } = await render(metricsOf([web]), [fresh(web, { ...SUCCESS, samples })]);
    expect(lines).toContain(
      'probe_b_info{team="mine",exported_team="too",check="web",prober="fake",exported_exported_team="a",exported_exported_check="b",exported_check="c"} 1',
    );
  });

  test('a family stands once, however many checks have it', async () => {
    const checks = [check('a'), check('b')];
    const { lines } = await render(
      metricsOf(checks),
      checks.map((one) => fresh(one)),
    );
    const types = lines.filter((line) => line.startsWith('# TYPE '));
    expect(new Set(types).size).toBe(types.length);
  });
});

describe('known faults of the client library do not come through', () => {
  test('two checks whose labels its series keys confuse stay two', async () => {
    const [a, b] = [check('x', { a: 'x,b:y', b: 'z' }), check('y', { a: 'x', b: 'y,b:z' })];
    const metrics = metricsOf([a, b]);
    metrics.executed(a, SUCCESS, 0);
    const { lines } = await render(metrics, [fresh(a), fresh(b)]);
    expect(lines).toContain('probe_runs_total{a="x,b:y",b="z",check="x",prober="fake"} 1');
    expect(lines).toContain('probe_runs_total{a="x",b="y,b:z",check="y",prober="fake"} 0');
  });

  test('labels changed after an observation do not rename the series', async () => {
    const labels: Record<string, string> = { team: 'a' };
    const web = check('web', labels);
    const metrics = metricsOf([web]);
    metrics.executed(web, SUCCESS, 0);
    labels.team = 'b';
    const { lines } = await render(metrics, [fresh(web)]);
    expect(lines).toContain('probe_runs_total{team="a",check="web",prober="fake"} 1');
  });

  test('a counter keeps its _total after an OpenMetrics scrape', async () => {
    const web = check('web');
    const metrics = metricsOf([web]);
    const before = await render(metrics, [fresh(web)]);
    await render(metrics, [fresh(web)], 'openmetrics');
    const after = await render(metrics, [fresh(web)]);
    const samples = (lines: readonly string[]) =>
      lines.filter((line) => /^(?:probe|healthcheck)_\S+_total/.test(line));
    expect(samples(after.lines)).toEqual(samples(before.lines));
    expect(samples(after.lines).length).toBeGreaterThan(2);
  });

  test('one failing collector costs its own family only', async () => {
    const broken = new Gauge({
      name: 'broken',
      help: 'Broken.',
      registers: [],
      collect: () => {
        throw new Error('no reading');
      },
    });
    const fine = new Counter({ name: 'fine_total', help: 'Fine.', registers: [] });
    await expect(readMetric(broken)).resolves.toEqual(new Error('no reading'));
    await expect(readMetric(fine)).resolves.toMatchObject({ lines: ['fine_total 0'] });
  });

  test('a family that cannot be read is told of, and the rest is shown', async () => {
    const warn = vi.fn();
    const readings = {
      version: '1',
      probesInFlight: () => {
        throw new Error('no reading');
      },
      concurrencyLimit: () => 64,
      checks: () => 0,
    };
    const { text } = await render(createMetrics(readings, warn), []);
    expect(warn).toHaveBeenCalledExactlyOnceWith(new Error('no reading'));
    expect(text).toContain('healthcheck_exporter_concurrency_limit 64');
    expect(text).not.toContain('probes_in_flight');
  });

  test('the text shows the same samples in both formats', async () => {
    const web = check('web');
    const metrics = metricsOf([web]);
    metrics.executed(web, FAILURE, 0);
    const own = ({ lines }: { lines: string[] }) =>
      lines.filter(
        (line) => !line.startsWith('#') && !/^(?:process|nodejs)_/.test(line) && line !== '',
      );
    const text = await render(metrics, [fresh(web)]);
    const openmetrics = await render(metrics, [fresh(web)], 'openmetrics');
    expect(own(openmetrics)).toEqual(own(text));
  });
});

test('trap 15: how long the event loop was held up is exported', async () => {
  const metrics = metricsOf([]);
  const held = async () => {
    const { text } = await render(metrics, []);
    return Number(/^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(text)?.[1]);
  };
  await held();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const busyUntil = performance.now() + 200;
  while (performance.now() < busyUntil);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await held()).toBeGreaterThan(0.1);
});

describe('trap 6: every time is in seconds', () => {
  const named = [
    ...Object.entries({ ...CHECK_METRICS, ...LIVING_METRICS }),
    ...Object.values(SELF_METRICS).map((metric) => [metric.name, metric] as const),
    ...PROBERS.flatMap(({ metrics }) => Object.entries(metrics)),
  ];

  test('no metric is in another unit', () => {
    const others = /_ms\b|_ms_|milli|micro|nano|_minutes|_hours|_days/i;
    expect(named.filter(([name, { help }]) => others.test(name) || /milli/.test(help))).toEqual([]);
    const times = named.filter(([name]) => /duration|latency|timeout|lookup_time|_age/.test(name));
    expect(times.filter(([name]) => !/_seconds$|_info$/.test(name))).toEqual([]);
    expect(times.length).toBeGreaterThan(8);
  });

  test('what the configuration says in milliseconds, and what a probe took, is shown so', async () => {
    const text = 'checks: [{name: a, prober: cpu, timeout: 1500ms}]';
    const { timeoutSeconds = 0 } = parseConfig({ file: 'a.yml', text }).checks[0] ?? {};
    const slow = makeCheck('slow', takes(0.05), { timeoutSeconds });
    const engine = createEngine(makeConfig([slow]), SILENT_LISTENER);
    const views = await engine.scrape({
      deadline: { timeoutCapSeconds: 100, endSeconds: 100 },
      signal: new AbortController().signal,
    });
    const { text: shown } = await render(metricsOf([slow]), views ?? []);
    expect(shown).toContain('probe_timeout_seconds{check="slow",prober="fake"} 1.5');
    const seconds = Number(/^probe_duration_seconds\{.*\} (\S+)$/m.exec(shown)?.[1]);
    expect(seconds).toBeGreaterThanOrEqual(0.04);
    expect(seconds).toBeLessThanOrEqual(1.5);
  });
});

test('the exporter says who it is and how it is', async () => {
  const metrics = metricsOf([]);
  metrics.reloaded(true);
  metrics.shared();
  const { text, lines } = await render(metrics, []);
  expect(lines).toEqual(
    expect.arrayContaining([
      `healthcheck_exporter_build_info{version="1.2.3",node_version="${process.version}"} 1`,
      'healthcheck_exporter_config_last_reload_successful 1',
      'healthcheck_exporter_probes_in_flight 2',
      'healthcheck_exporter_concurrency_limit 64',
      'healthcheck_exporter_checks 0',
      'healthcheck_exporter_scrape_duration_seconds 0.25',
      'healthcheck_exporter_scrapes_shared_total 1',
    ]),
  );
  expect(text).toMatch(/^process_cpu_seconds_total \d/m);
  expect(text).toMatch(/^nodejs_eventloop_lag_seconds \d/m);
  expect(text).toMatch(/^nodejs_version_info\{version="v\d+/m);
  const loadedAt = /^healthcheck_exporter_config_last_reload_success_timestamp_seconds \S+$/m;
  const before = loadedAt.exec(text)?.[0];
  metrics.reloaded(false);
  const after = await render(metrics, []);
  expect(before).toMatch(/ 1\d{9}/);
  expect(loadedAt.exec(after.text)?.[0], 'a refused reload does not touch the time').toBe(before);
  expect(after.lines).toContain('healthcheck_exporter_config_last_reload_successful 0');
});
