import { beforeAll, describe, expect, test } from 'vitest';
import { type ExporterProcess, startExporterProcess } from '../support/exporter-process.ts';
import { type Exposition, parseExposition } from '../support/exposition.ts';
import { httpLoopback, tcpLoopback } from '../support/loopback.ts';
import { isThorough } from '../support/thorough.ts';

const HANGING = 200;
const HEALTHY = 50;
const SLOTS = 20;
const SCRAPE_TIMEOUT_SECONDS = 3;
/** What the answer may take on a machine that has other things to do; without them it takes less than the timeout. */
const PATIENCE_SECONDS = 3 * SCRAPE_TIMEOUT_SECONDS;
/** As many turns as it takes until each of those that hang had one. Where nothing else goes on, a scrape gives one a slot. */
const FAIR_ROUND = HANGING + SLOTS;
const MOST_SCRAPES = (2 * FAIR_ROUND) / SLOTS;
const SCRAPES_AFTERWARDS = 3;
/** A check that took a tenth of its time is not among those that are executed in every scrape. */
const SLOW_SECONDS = (SCRAPE_TIMEOUT_SECONDS - 0.5) / 10;
/** How often a machine that is so busy that healthy checks are slow is asked again. */
const ATTEMPTS = 3;

const healthyNames = Array.from({ length: HEALTHY }, (_, index) => `Healthy ${index}`);
const hangingNames = Array.from({ length: HANGING }, (_, index) => `Hanging ${index}`);
const names = [...healthyNames, ...hangingNames];

/** The order of the checks in the file. */
const orders = {
  'hanging ones first': [...hangingNames, ...healthyNames],
  'hanging ones among the healthy': interleaved(),
};

describe.skipIf(!isThorough).concurrent.each(Object.entries(orders))(
  'trap 3: more that hang than there are slots, %s',
  (_order, order) => {
    let first: readonly Exposition[] = [];
    let afterwards: readonly Exposition[] = [];

    beforeAll(async () => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        ({ first, afterwards } = await scrapeOften(order));
        if (!everyScrape().some(hasSlowHealthyCheck)) break;
      }
    }, 240_000);

    const everyScrape = () => [...first, ...afterwards];

    test('never have a healthy check called down', () => {
      for (const scrape of everyScrape()) {
        const down = Object.entries(scrape.byCheck('probe_success')).filter(
          ([name, success]) => name.startsWith('Healthy') && success !== 1,
        );
        expect(down).toEqual([]);
      }
    });

    test('are never called healthy, and fail with a timeout', () => {
      for (const scrape of everyScrape()) {
        const hanging = scrape
          .all('probe_success')
          .filter(({ labels }) => labels.check?.startsWith('Hanging'));
        expect(hanging.filter(({ value }) => value !== 0)).toEqual([]);
        const timeouts = scrape.all('probe_failure_info', { reason: 'timeout' });
        expect(timeouts).toHaveLength(hanging.length);
        expect(scrape.all('probe_failure_info')).toHaveLength(hanging.length);
      }
    });

    test('are counted where a scrape skips them', () => {
      let expected = 0;
      for (const scrape of everyScrape()) {
        const skipped = names.length - freshNames(scrape).length;
        expected += skipped;
        expect(skipped).toBeGreaterThanOrEqual(HANGING - 2 * SLOTS);
        expect(scrape.value('healthcheck_exporter_checks_skipped')).toBe(skipped);
      }
      // What the last scrape skipped is counted when it is over, which is after it was written.
      const counted = sum(afterwards.at(-1)?.byCheck('probe_skipped_total'));
      expect(counted).toBeGreaterThanOrEqual(expected - HANGING);
      expect(counted).toBeLessThanOrEqual(expected);
    });

    test('keep their last verdict while they are skipped, and its age tells', () => {
      const known = new Set<string>();
      for (const scrape of everyScrape()) {
        const shown = scrape.byCheck('probe_success');
        const ages = scrape.byCheck('probe_result_age_seconds');
        const fresh = freshNames(scrape);
        for (const name of known) expect(shown).toHaveProperty([name]);
        const aged = Object.keys(shown).filter((name) => (ages[name] ?? 0) > 0);
        expect(aged.sort()).toEqual([...known].filter((name) => !fresh.includes(name)).sort());
        for (const name of Object.keys(shown)) known.add(name);
      }
      expect(known.size).toBe(names.length);
    });

    test('each have had their turn after one fair round', () => {
      const runs = first.at(-1)?.byCheck('probe_runs_total') ?? {};
      expect(Object.keys(runs)).toHaveLength(names.length);
      expect(Object.entries(runs).filter(([, count]) => count < 1)).toEqual([]);
    });

    test('trap 4: cost the healthy nothing from then on: they are executed in every scrape', () => {
      expect(afterwards).toHaveLength(SCRAPES_AFTERWARDS);
      for (const scrape of afterwards) {
        const fresh = freshNames(scrape);
        expect(healthyNames.filter((name) => !fresh.includes(name))).toEqual([]);
      }
    });
  },
);

/** One after another: that is what a Prometheus does. */
async function scrapeOften(order: readonly string[]) {
  await using stack = new AsyncDisposableStack();
  const exporter = await startWith(stack, order);
  const first: Exposition[] = [];
  for (let turns = 0; turns < FAIR_ROUND && first.length < MOST_SCRAPES; ) {
    const scrape = await scrapeInTime(exporter);
    turns += freshNames(scrape).filter((name) => name.startsWith('Hanging')).length;
    first.push(scrape);
  }
  const afterwards: Exposition[] = [];
  while (afterwards.length < SCRAPES_AFTERWARDS) afterwards.push(await scrapeInTime(exporter));
  return { first, afterwards };
}

function hasSlowHealthyCheck(scrape: Exposition): boolean {
  const durations = Object.entries(scrape.byCheck('probe_duration_seconds'));
  return durations.some(([name, seconds]) => name.startsWith('Healthy') && seconds >= SLOW_SECONDS);
}

async function startWith(
  stack: AsyncDisposableStack,
  order: readonly string[],
): Promise<ExporterProcess> {
  const healthy = stack.use(await httpLoopback((_request, response) => response.end('ok')));
  const silent = stack.use(await tcpLoopback());
  const checks = order.map((name) => {
    const { port } = name.startsWith('Healthy') ? healthy : silent;
    return { name, target: `http://127.0.0.1:${port}/`, prober: 'http' };
  });
  const config = JSON.stringify({ concurrency: SLOTS, checks });
  return stack.use(await startExporterProcess({ config }));
}

/** Scrapes as Prometheus does. Rejects where the answer does not come. */
async function scrapeInTime({ url }: ExporterProcess): Promise<Exposition> {
  const response = await fetch(`${url}/metrics`, {
    headers: { 'X-Prometheus-Scrape-Timeout-Seconds': String(SCRAPE_TIMEOUT_SECONDS) },
    signal: AbortSignal.timeout(PATIENCE_SECONDS * 1000),
  });
  expect(response.status).toBe(200);
  return parseExposition(await response.text());
}

/** The checks executed in this scrape: what else it shows is repeated. */
function freshNames(scrape: Exposition): string[] {
  return Object.keys(scrape.byCheck('probe_duration_seconds'));
}

function interleaved(): string[] {
  const every = HANGING / HEALTHY;
  return healthyNames.flatMap((name, index) => [
    name,
    ...hangingNames.slice(index * every, (index + 1) * every),
  ]);
}

function sum(values: Readonly<Record<string, number>> = {}): number {
  return Object.values(values).reduce((total, value) => total + value, 0);
}
