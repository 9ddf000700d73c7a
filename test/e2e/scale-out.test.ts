import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { jobsOf, readExample } from '../support/example-jobs.ts';
import { type ExporterProcess, startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { httpLoopback } from '../support/loopback.ts';
import {
  hasPrometheus,
  type PrometheusServer,
  startPrometheus,
} from '../support/prometheus-server.ts';
import { isThorough } from '../support/thorough.ts';

/** Prometheus takes five seconds to act on what it discovers, and more on a busy machine. */
const PATIENCE = { patienceSeconds: 45 };

const PAGES = ['/ann', '/ben', '/cem', '/dan', '/eve', '/fay', '/gus', '/hal'];
const OWN = ['CPU', 'Disk', 'Memory', 'Unit'];
const SHARED_JOB = 'job="healthcheck-sd"';
const OWN_JOB = 'job="healthcheck"';
const EXPORTER_ALERTS = 'ALERTS{alertname=~"ProbeExporter.+|ProbeScrapeFailed"}';

interface Job {
  readonly http_sd_configs?: readonly { readonly url: string }[];
  readonly relabel_configs?: readonly { readonly replacement?: string }[];
  readonly static_configs?: readonly { readonly targets: readonly string[] }[];
}

/** A server that counts the requests for each page. */
async function startCounting() {
  const hits = Object.fromEntries(PAGES.map((page) => [page, 0]));
  const server = await httpLoopback(({ url = '' }, response) => {
    hits[url] = (hits[url] ?? 0) + 1;
    response.end('ok');
  });
  return { ...server, hits: () => ({ ...hits }) };
}

function checksOf(port: number): string {
  const pages = PAGES.map((name) => ({
    name,
    target: `http://127.0.0.1:${port}${name}`,
    prober: 'http',
  }));
  const own = [
    { name: 'CPU', prober: 'cpu', cpu: { interval: '50ms' } },
    { name: 'Disk', target: '/', prober: 'disk' },
    { name: 'Memory', prober: 'memory' },
    { name: 'Unit', target: 'web.service', prober: 'systemd' },
  ];
  return JSON.stringify({ checks: [...pages, ...own] });
}

const addressOf = ({ port }: ExporterProcess) => `127.0.0.1:${port}`;

/** The jobs of the example for these two exporters. */
function sharded(exporters: readonly ExporterProcess[]): string {
  const places = exporters.map((exporter, index) => [
    `exporter-${index}.example.com:10195`,
    addressOf(exporter),
  ]);
  return jobsOf(readExample('sharded'), Object.fromEntries(places));
}

/** The jobs without what names this exporter, as the example tells to delete it. */
function without(exporter: ExporterProcess, jobs: string): string {
  const gone = addressOf(exporter);
  const left = (load(jobs) as Job[]).map((job) => ({
    ...job,
    http_sd_configs: job.http_sd_configs?.filter(({ url }) => !url.includes(gone)),
    relabel_configs: job.relabel_configs?.filter(({ replacement }) => replacement !== gone),
    static_configs: job.static_configs?.map(({ targets }) => ({
      targets: targets.filter((target) => target !== gone),
    })),
  }));
  return ` ${JSON.stringify(left)}`;
}

/** The exporter that each page's one target belongs to. @throws where a page has none, or several. */
async function placesOf(prometheus: PrometheusServer): Promise<Record<string, string>> {
  const targets = await prometheus.query(`up{${SHARED_JOB}} == 1`);
  const found = targets.map(({ labels }) => [labels.check, labels.instance] as const);
  expect(found.map(([check]) => check).sort()).toEqual(PAGES);
  return Object.fromEntries(found);
}

/** The scrapes, until now, in which the page was asked for and answered. */
const ANSWERED = `count_over_time(probe_http_status_code{${SHARED_JOB}}[1h])`;

/** Waits until each page has answered this often to the exporter that it is with now. */
function answeredThere(prometheus: PrometheusServer, times: number) {
  return eventually(async () => {
    const here = `${ANSWERED} and on (check, instance) up{${SHARED_JOB}}`;
    const scrapes = await prometheus.queryBy('check', here);
    expect(Object.keys(scrapes).sort()).toEqual(PAGES);
    expect(Math.min(...Object.values(scrapes))).toBeGreaterThanOrEqual(times);
  }, PATIENCE);
}

/**
 * That the target has seen one request, and the exporters have counted one run, for each scrape that there was of a
 * page. Of a scrape that ran out of time on a busy machine, neither may be there: those without an answer are allowed
 * to lack them. `unfinished` scrapes of a page may have left a request and nothing else.
 */
async function expectOneRunForEachScrape(
  prometheus: PrometheusServer,
  hits: () => Readonly<Record<string, number>>,
  unfinished: number,
): Promise<void> {
  const sum = (what: string) => prometheus.queryBy('check', `sum by (check) (${what})`);
  // In this order: what is read first cannot be more than what is read later.
  const answered = await sum(ANSWERED);
  const requests = hits();
  const runs = await sum(`last_over_time(probe_runs_total{${SHARED_JOB}}[1h])`);
  const scrapes = await sum(`count_over_time(up{${SHARED_JOB}}[1h])`);
  for (const page of PAGES) {
    const [atLeast = 0, atMost = 0] = [answered[page], scrapes[page]];
    expect(runs[page], `runs of ${page}`).toBeGreaterThanOrEqual(atLeast);
    expect(runs[page], `runs of ${page}`).toBeLessThanOrEqual(atMost);
    expect(requests[page], `requests for ${page}`).toBeGreaterThanOrEqual(atLeast);
    expect(requests[page], `requests for ${page}`).toBeLessThanOrEqual(atMost + unfinished);
  }
}

test.skipIf(!isThorough || !hasPrometheus)(
  'two exporters share the checks by sharded.yml, and one takes over what the other had',
  async () => {
    const target = await forThisTest(startCounting());
    const config = checksOf(target.port);
    const start = () => forThisTest(startExporterProcess({ config }));
    const [first, second] = await Promise.all([start(), start()]);
    const both = [first, second].map(addressOf).sort();
    const jobs = sharded([first, second]);
    const prometheus = await forThisTest(
      startPrometheus(jobs, { ruleFiles: ['alert-rules/healthcheck-alerts.yml'] }),
    );

    const before = await eventually(() => placesOf(prometheus), PATIENCE);
    expect([...new Set(Object.values(before))].sort()).toEqual(both);
    // Often enough that a second run for each scrape would show beside one that is unfinished.
    await answeredThere(prometheus, 3);
    await expectOneRunForEachScrape(prometheus, target.hits, 1);

    await eventually(async () => {
      const own = await prometheus.query(`probe_result_age_seconds{${OWN_JOB}} == 0`);
      const found = own.map(({ labels }) => `${labels.instance} ${labels.check}`);
      expect(found.sort()).toEqual(both.flatMap((one) => OWN.map((name) => `${one} ${name}`)));
      const limits = await prometheus.query('healthcheck_exporter_concurrency_limit');
      expect(limits.map(({ labels }) => labels.instance).sort()).toEqual(both);
      expect(await prometheus.query(EXPORTER_ALERTS)).toEqual([]);
    }, PATIENCE);

    second.process.kill('SIGTERM');
    await second.process.ended;
    const lost = PAGES.filter((page) => before[page] === addressOf(second));
    await eventually(async () => {
      const down = await prometheus.queryBy('check', `up{${SHARED_JOB}} == 0`);
      expect(Object.keys(down).sort()).toEqual(lost);
      const alerts = await prometheus.query(EXPORTER_ALERTS);
      expect(alerts.map(({ labels: { alertname, instance } }) => [alertname, instance])).toEqual([
        ['ProbeExporterDown', addressOf(second)],
        ['ProbeExporterDown', addressOf(second)],
      ]);
    }, PATIENCE);

    await prometheus.reload(without(second, jobs));
    const after = await eventually(() => placesOf(prometheus), PATIENCE);
    expect(after).toEqual(Object.fromEntries(PAGES.map((page) => [page, addressOf(first)])));
    // As above, beside two: the reload may have ended a scrape in the middle.
    await answeredThere(prometheus, 4);
    await expectOneRunForEachScrape(prometheus, target.hits, 2);
    await eventually(async () => expect(await prometheus.query(EXPORTER_ALERTS)).toEqual([]));
  },
  120_000,
);
