import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { load } from 'js-yaml';
import { type EveryTarget, startEveryTarget } from './every-target.ts';
import { type ExporterProcess, startExporterProcess } from './exporter-process.ts';
import { parseExposition } from './exposition.ts';
import { forThisTest } from './for-this-test.ts';
import { httpGet } from './http-get.ts';

/** What one more check of a kind adds to an answer of `/metrics`. */
export interface CheckSize {
  readonly series: number;
  /** Of the lines that carry its name: help and types stand in an answer once, however many checks there are. */
  readonly bytes: number;
  /** How much longer the answer gets with it, compressed as Prometheus asks for it. */
  readonly gzippedBytes: number;
}

/** What stands in every answer, whether or not there are checks. */
export const SELF = 'the exporter itself';

/** A check as it stands in a configuration. */
type Configured = { readonly target?: string } & Readonly<Record<string, unknown>>;

/** Characters of a check's name and target together. */
const NAME_AND_TARGET = 50;

/** Characters by which one name differs from another. */
const UNLIKE = 16;

/** So many that what one check has in common with the next is farther away than gzip looks back. */
const CHECKS = 400;

/** Few enough for every server. */
const CONCURRENCY = 16;

const AS_PROMETHEUS = {
  accept: 'application/openmetrics-text;version=1.0.0',
  'accept-encoding': 'gzip',
  'x-prometheus-scrape-timeout-seconds': '60',
};

/** Starts a real target of every kind and an exporter, until the test is over, and scrapes one kind after the other. */
export async function measureCheckSizes(): Promise<Readonly<Record<string, CheckSize>>> {
  const targets = await startEveryTarget();
  const exporter = await forThisTest(
    startExporterProcess({ config: 'checks: []', env: targets.manager.env }),
  );
  const { text, gzippedBytes } = await scrape(`${exporter.url}/metrics`);
  const { samples } = parseExposition(text);
  const sizes: Record<string, CheckSize> = {
    [SELF]: { series: samples.length, bytes: text.length, gzippedBytes },
  };
  for (const [kind, check] of Object.entries(checksOfEveryKind(targets))) {
    sizes[kind] = await sizeOf(check, exporter);
  }
  return sizes;
}

/** Healthy ones, unless their kind says otherwise, as somebody would write them. */
function checksOfEveryKind({
  nginx,
  checks,
  failing,
}: EveryTarget): Readonly<Record<string, Configured>> {
  const all = load(checks + failing) as (Configured & { name: string })[];
  const like = (wanted: string): Configured => {
    const { name, labels, ...check } = all.find((one) => one.name === wanted) ?? { name: '' };
    return check;
  };
  return {
    http: like('Website'),
    'http, failing': like('Lost Page'),
    https: like('Shop'),
    tcp: { target: `127.0.0.1:${nginx.port}`, prober: 'tcp' },
    dns: like('Name Server'),
    icmp: like('Gateway'),
    grpc: like('Orders'),
    websocket: like('Chat'),
    unix: like('Queue'),
    systemd: like('Web Service'),
    disk: { target: '/', prober: 'disk', disk: { max_used_percent: 100 } },
    memory: { prober: 'memory', memory: { max_used_percent: 100 } },
    cpu: { prober: 'cpu', cpu: { max_used_percent: 100, interval: '20ms' } },
  };
}

/** Names that have nothing in common but their ends, which make them as long as {@link NAME_AND_TARGET} says. */
function nameOf(index: number, { target = '' }: Configured): string {
  const unlike = createHash('md5').update(String(index)).digest('hex').slice(0, UNLIKE);
  return unlike.padEnd(NAME_AND_TARGET - target.length, '.');
}

async function sizeOf(check: Configured, exporter: ExporterProcess): Promise<CheckSize> {
  const checks = Array.from({ length: CHECKS }, (_, index) => ({
    name: nameOf(index, check),
    ...check,
  }));
  await exporter.rewriteConfig(JSON.stringify({ concurrency: CONCURRENCY, checks }));
  await fetch(`${exporter.url}/-/reload`, { method: 'POST' });
  const all = await scrape(`${exporter.url}/metrics`);
  const one = await scrape(`${exporter.url}/metrics?check[]=${nameOf(0, check)}`);
  const lines = all.text.split('\n').filter((line) => line.includes('{check="'));
  if (lines.length === 0 || lines.length % CHECKS > 0) {
    throw new Error(`${CHECKS} checks with ${lines.length} series are not alike:\n${all.text}`);
  }
  return {
    series: lines.length / CHECKS,
    bytes: lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0) / CHECKS,
    gzippedBytes: (all.gzippedBytes - one.gzippedBytes) / (CHECKS - 1),
  };
}

/** Asks as Prometheus does. */
async function scrape(url: string): Promise<{ text: string; gzippedBytes: number }> {
  const { status, body } = await httpGet(url, AS_PROMETHEUS);
  if (status !== 200) throw new Error(`${url} answered ${status}`);
  return { text: String(gunzipSync(body)), gzippedBytes: body.length };
}
