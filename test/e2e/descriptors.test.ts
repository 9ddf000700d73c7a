import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type ExporterProcess, startExporterProcess } from '../support/exporter-process.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { loopback } from '../support/loopback.ts';
import { realPart } from '../support/real-part.ts';

const LIMIT = 64;
const MANY = 200;
const canLimit = realPart('limit of descriptors', ['prlimit']);

describe.skipIf(!canLimit)('proof 18: an exporter that may open 64 descriptors', () => {
  test('with 200 checks calls none down, says so, and recovers with fewer', async () => {
    const port = await lateGreeter();
    const exporter = await startLimited(configOf(port, MANY));
    const first = await exporter.scrape();
    const verdicts = first.all('probe_success');
    expect(verdicts.length).toBeGreaterThan(0);
    expect(verdicts.length).toBeLessThan(MANY);
    expect(verdicts.every(({ value }) => value === 1)).toBe(true);
    expect(exporter.process.stderr()).toMatch(/in trouble, checks are skipped.*EMFILE/);

    await exporter.rewriteConfig(configOf(port, 10));
    await eventually(async () => {
      expect((await fetch(`${exporter.url}/-/reload`, { method: 'POST' })).status).toBe(200);
    });
    const relieved = await exporter.scrape();
    expect(Object.values(relieved.byCheck('probe_success'))).toEqual(Array(11).fill(1));
  });

  test('and whose callers take them all lives, and answers when they have left', async () => {
    const exporter = await startLimited(configOf(await lateGreeter(), 10));
    const callers: Socket[] = [];
    onTestFinished(() => {
      for (const caller of callers) caller.destroy();
    });
    for (let count = 0; count < MANY; count++) {
      const caller = connect(exporter.port, '127.0.0.1').on('error', () => {});
      callers.push(caller);
      // Refused where there is no descriptor: that too is an answer.
      await Promise.race([once(caller, 'connect'), once(caller, 'close')]);
    }
    for (const caller of callers) caller.destroy();
    const after = await eventually(async () => {
      const scraped = await exporter.scrape();
      expect(scraped.all('probe_success')).toHaveLength(11);
      return scraped;
    });
    expect(after.all('probe_success').every(({ value }) => value === 1)).toBe(true);
    expect((await fetch(`${exporter.url}/-/healthy`)).status).toBe(200);
  });
});

function startLimited(config: string): Promise<ExporterProcess> {
  const launcher = ['prlimit', `--nofile=${LIMIT}`, '--'];
  return forThisTest(startExporterProcess({ config, launcher }));
}

function configOf(port: number, count: number): string {
  const checks = Array.from(
    { length: count },
    (_, index) =>
      `  - {name: Late ${index}, target: "127.0.0.1:${port}", prober: tcp, tcp: {query_response: [{expect: hello}]}}`,
  );
  return [
    'concurrency: 64',
    'checks:',
    ...checks,
    '  - {name: Root, target: /, prober: disk}',
  ].join('\n');
}

/** Greets so late that many probes are in flight at once. */
async function lateGreeter(): Promise<number> {
  const server = createServer((socket) => setTimeout(() => socket.end('hello\n'), 100));
  return (await forThisTest(loopback(server))).port;
}
