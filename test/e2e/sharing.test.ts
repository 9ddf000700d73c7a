import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type ExporterProcess, startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { httpGet, type RawAnswer } from '../support/http-get.ts';
import { httpLoopback, type Loopback } from '../support/loopback.ts';

const PATHS = ['/a', '/b', '/c', '/d', '/e'];

/** A server that answers when it is told to. */
interface HoldingServer extends Loopback {
  /** The paths of all requests there ever were. */
  readonly requests: readonly string[];
  /** Answers everything, from now on at once. */
  readonly release: () => void;
}

async function startHolding(): Promise<HoldingServer> {
  const requests: string[] = [];
  const held: ServerResponse[] = [];
  let isHolding = true;
  const server = await httpLoopback(({ url = '' }, response) => {
    requests.push(url);
    if (isHolding) held.push(response);
    else response.end('ok');
  });
  const release = () => {
    isHolding = false;
    for (const response of held) response.end('ok');
  };
  return { ...server, requests, release };
}

/** A check for each path, and one that looks at the exporter without them. */
function startWith({ port }: Loopback): Promise<ExporterProcess> {
  const checks = PATHS.map((path) => {
    return { name: path, target: `http://127.0.0.1:${port}${path}`, prober: 'http', timeout: '1m' };
  });
  const observer = { name: 'Observer', target: '/', prober: 'disk' };
  return startExporterProcess({ config: JSON.stringify({ checks: [...checks, observer] }) });
}

/** A scrape of all checks but the observer's, on a connection of its own. */
function cancellable({ url }: ExporterProcess, { signal }: AbortController): Promise<RawAnswer> {
  const query = new URLSearchParams(PATHS.map((path) => ['check[]', path]));
  return httpGet(`${url}/metrics?${query}`, {}, { signal });
}

const allUp = Object.fromEntries(PATHS.map((path) => [path, 1]));

test('two scrapes that overlap run each check once', async () => {
  const target = await forThisTest(startHolding());
  const exporter = await forThisTest(startWith(target));
  const first = exporter.scrape(...PATHS);
  await eventually(() => expect(target.requests).toHaveLength(PATHS.length));
  const second = exporter.scrape(...PATHS);
  await eventually(async () => {
    const self = await exporter.scrape('Observer');
    expect(self.value('healthcheck_exporter_scrapes_shared_total')).toBe(1);
  });
  target.release();

  for (const { byCheck } of [await first, await second]) {
    expect(byCheck('probe_success')).toEqual(allUp);
    expect(byCheck('probe_result_age_seconds')).toEqual(mapToZero(allUp));
    expect(byCheck('probe_runs_total')).toEqual(allUp);
    expect(byCheck('probe_latency_seconds_count')).toEqual(allUp);
  }
  expect([...target.requests].sort()).toEqual(PATHS);
});

test('a scrape after another runs each check again', async () => {
  const target = await forThisTest(startHolding());
  const exporter = await forThisTest(startWith(target));
  target.release();
  await exporter.scrape(...PATHS);
  const { byCheck, value } = await exporter.scrape(...PATHS);

  expect(byCheck('probe_runs_total')).toEqual({ '/a': 2, '/b': 2, '/c': 2, '/d': 2, '/e': 2 });
  expect(value('healthcheck_exporter_scrapes_shared_total')).toBe(0);
  expect(target.requests).toHaveLength(2 * PATHS.length);
});

test('trap 5: a scrape that the client cancels leaves nothing open', async () => {
  const target = await forThisTest(startHolding());
  const exporter = await forThisTest(startWith(target));
  const openFiles = async () => (await exporter.scrape('Observer')).value('process_open_fds') ?? 0;
  const base = await openFiles();

  const client = new AbortController();
  const cancelled = cancellable(exporter, client);
  await eventually(() => expect(target.open()).toBe(PATHS.length));
  expect(await openFiles()).toBeGreaterThanOrEqual(base + PATHS.length);
  client.abort();

  await expect(cancelled).rejects.toThrow('aborted');
  await eventually(() => expect(target.open()).toBe(0));
  await eventually(async () => expect(await openFiles()).toBeLessThanOrEqual(base));
  const after = await exporter.scrape('Observer');
  expect(after.value('healthcheck_exporter_probes_in_flight')).toBe(0);
});

test('a scrape that is cancelled leaves the one that shares its run undisturbed', async () => {
  const target = await forThisTest(startHolding());
  const exporter = await forThisTest(startWith(target));
  const client = new AbortController();
  const cancelled = cancellable(exporter, client);
  await eventually(() => expect(target.requests).toHaveLength(PATHS.length));
  const other = exporter.scrape(...PATHS);
  await eventually(async () => {
    const self = await exporter.scrape('Observer');
    expect(self.value('healthcheck_exporter_scrapes_shared_total')).toBe(1);
  });
  client.abort();
  await expect(cancelled).rejects.toThrow('aborted');
  target.release();

  expect((await other).byCheck('probe_success')).toEqual(allUp);
  expect(target.requests).toHaveLength(PATHS.length);
});

function mapToZero(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.keys(values).map((name) => [name, 0]));
}
