import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text as textOf } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ExporterProcess, startExporterProcess } from '../support/exporter-process.ts';
import { type ExposedSample, parseExposition } from '../support/exposition.ts';
import { httpGet, type RawAnswer } from '../support/http-get.ts';
import { realPart } from '../support/real-part.ts';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

const PROTOBUF =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';
const V2_42 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const V3_4 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';

/** What they send, and what they are to get. */
const ACCEPTED: Readonly<Record<string, readonly [accept: string | undefined, type: string]>> = {
  'Prometheus 2.42 to 2.48': [V2_42, OPENMETRICS],
  'Prometheus 2.42 that prefers protobuf': [`${PROTOBUF},${V2_42}`, OPENMETRICS],
  'Prometheus 2.49, with a quality of 2': [
    'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=2',
    OPENMETRICS,
  ],
  'Prometheus 2.50 to 2.55': [
    'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    OPENMETRICS,
  ],
  'Prometheus 3.0 to 3.2, with a parameter twice': [
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;escaping=allow-utf-8;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;escaping=allow-utf-8;q=0.3,*/*;q=0.2',
    OPENMETRICS,
  ],
  'Prometheus since 3.4': [V3_4, OPENMETRICS],
  'Prometheus since 3.4 that prefers protobuf': [`${PROTOBUF};q=0.7,${V3_4}`, OPENMETRICS],
  'Prometheus told to prefer text': [
    'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.4,*/*;q=0.3',
    TEXT,
  ],
  'somebody with a quality of 2 for what is preferred': [
    'application/openmetrics-text;version=1.0.0;q=2,text/plain;version=0.0.4;q=0.5',
    OPENMETRICS,
  ],
  'a browser': ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', TEXT],
  curl: ['*/*', TEXT],
  'somebody who does not say': [undefined, TEXT],
  'somebody who wants what there is not': ['application/json', TEXT],
};

const HOST_CHECKS = `checks:
  - {name: Disk, target: /, prober: disk, disk: {max_used_percent: 90, max_inodes_used_percent: 90}}
  - {name: Missing Disk, target: /no/such/mount, prober: disk}
  - {name: Memory, prober: memory, memory: {max_used_percent: 90, max_swap_used_percent: 90}}
  - {name: CPU, prober: cpu, cpu: {interval: 10ms, max_used_percent: 100, max_load_per_core: 1000}}
  - {name: Unit, target: 'odd\\x2dname.service', prober: systemd, labels: {team: 'a "b" \\ ü'}}
`;

let exporter: ExporterProcess;
beforeAll(async () => {
  exporter = await startExporterProcess({ config: HOST_CHECKS });
});
afterAll(() => exporter[Symbol.asyncDispose]());

function scrape(accept: string | undefined, encoding?: string): Promise<RawAnswer> {
  return httpGet(`${exporter.url}/metrics`, {
    ...(accept === undefined ? {} : { Accept: accept }),
    ...(encoding === undefined ? {} : { 'Accept-Encoding': encoding }),
  });
}

describe('the format of an answer', () => {
  test.each(Object.entries(ACCEPTED))('is right for %s', async (_who, [accept, type]) => {
    const { status, headers, body } = await scrape(accept);

    expect(status).toBe(200);
    expect(headers['content-type']).toBe(type);
    expect(headers.vary).toBe('Accept, Accept-Encoding');
    const isOpenMetrics = type === OPENMETRICS;
    expect(String(body).endsWith('\n# EOF\n')).toBe(isOpenMetrics);
    expect(String(body).split('# EOF')).toHaveLength(isOpenMetrics ? 2 : 1);
    const family = isOpenMetrics ? 'probe_runs' : 'probe_runs_total';
    expect(String(body)).toContain(`# TYPE ${family} counter\n`);
  });

  test('changes nothing about the samples', async () => {
    const [text, openmetrics] = [await scrape(TEXT), await scrape(V2_42)];

    const [ofText = [], ofOpenMetrics = []] = [text, openmetrics].map(seriesOf);
    expect(ofText.length).toBeGreaterThan(100);
    expect(ofOpenMetrics).toEqual(ofText);
  });

  test('changes nothing about how bounds of buckets are written', async () => {
    for (const accept of [TEXT, V2_42]) {
      const { body } = await scrape(accept);
      const bounds = parseExposition(String(body)).all('probe_latency_seconds_bucket', {
        check: 'Disk',
      });
      expect(bounds.map(({ labels }) => labels.le)).toEqual([
        ...['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5'],
        ...['1.0', '2.5', '5.0', '10.0', '+Inf'],
      ]);
    }
  });
});

describe('the encoding of an answer', () => {
  test.each(['gzip', 'gzip, deflate, br, zstd', 'br;q=1.0, gzip;q=0.8, *;q=0.1', '*'])(
    'is gzip for %j',
    async (encoding) => {
      const { headers, body } = await scrape(V2_42, encoding);
      expect(headers['content-encoding']).toBe('gzip');
      expect(headers.vary).toBe('Accept, Accept-Encoding');
      expect(headers['content-length']).toBe(String(body.length));
      const { value } = parseExposition(gunzipSync(body).toString());
      expect(value('probe_success', { check: 'Missing Disk' })).toBe(0);
    },
  );

  test.each([undefined, 'identity', 'gzip;q=0', 'gzip;q=0, *;q=1', 'br'])(
    'is none for %j',
    async (encoding) => {
      const { headers, body } = await scrape(V2_42, encoding);
      expect(headers['content-encoding']).toBeUndefined();
      expect(headers['content-length']).toBe(String(body.length));
      const { value } = parseExposition(String(body));
      expect(value('probe_success', { check: 'Missing Disk' })).toBe(0);
    },
  );
});

describe.skipIf(!realPart('promtool', ['promtool']))('promtool', () => {
  test('has nothing to say against the metrics of host checks', async () => {
    const { body } = await scrape(TEXT);
    expect(await promtool(body)).toEqual({ code: 0, said: '' });
  });

  test('would say something', async () => {
    const { code, said } = await promtool(Buffer.from('# TYPE bad counter\nbad 1\n'));
    expect(code).not.toBe(0);
    expect(said).toContain('bad');
  });
});

/** Every series, without those that come and go with the garbage collector. */
function seriesOf({ body }: RawAnswer): string[] {
  const isLasting = ({ name }: ExposedSample) => !name.startsWith('nodejs_');
  return parseExposition(String(body))
    .samples.filter(isLasting)
    .map(({ name, labels }) => `${name}${JSON.stringify(labels)}`)
    .sort();
}

async function promtool(metrics: Buffer): Promise<{ code: number; said: string }> {
  const child = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(metrics);
  const ended = once(child, 'close');
  const said = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
  const [code] = await ended;
  return { code, said: said.join('') };
}
