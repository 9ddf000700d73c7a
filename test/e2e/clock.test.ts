import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ExporterProcess, startExporterProcess } from '../support/exporter-process.ts';
import type { Exposition } from '../support/exposition.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { tcpLoopback } from '../support/loopback.ts';
import { realPart } from '../support/real-part.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const HOUR = 3600;
const canStepClock = realPart('clock that can be stepped', ['faketime']);

describe.skipIf(!canStepClock)('proof 18: a wall clock that is stepped', () => {
  test('by an hour forth and back changes no duration, no age and no verdict', async () => {
    const { exporter, step } = await startWithClock();
    for (const offset of [0, HOUR, -HOUR, 0]) {
      await step(offset);
      const scraped = await exporter.scrape();
      // Otherwise the exporter did not see the step.
      expect(Math.abs((await clockOf(exporter)) - Date.now() / 1000 - offset)).toBeLessThan(60);
      expect(scraped.byCheck('probe_success')).toEqual({ Root: 1, Greeter: 1, Silent: 0 });
      expectSane(scraped);
    }
  });
});

function expectSane(scraped: Exposition): void {
  const { Silent, ...quick } = scraped.byCheck('probe_duration_seconds');
  expect(Silent).toBeGreaterThanOrEqual(0.3);
  for (const seconds of Object.values(quick)) expect(seconds).toBeGreaterThan(0);
  const figures = [
    ...Object.values(scraped.byCheck('probe_duration_seconds')),
    ...Object.values(scraped.byCheck('probe_latency_seconds_sum')),
    ...scraped.all('healthcheck_exporter_queue_wait_seconds_sum').map(({ value }) => value),
  ];
  for (const seconds of figures) expect(seconds).toBeLessThan(60);
  for (const age of Object.values(scraped.byCheck('probe_result_age_seconds'))) expect(age).toBe(0);
  for (const { value } of scraped.samples) expect(value).not.toBeLessThan(0);
}

async function startWithClock() {
  const directory = await forThisTest(temporaryDirectory());
  const offsetFile = await directory.write('offset', '+0');
  const [greeter, silent] = await Promise.all([
    forThisTest(tcpLoopback('hello\n')),
    forThisTest(tcpLoopback()),
  ]);
  const exporter = await forThisTest(
    startExporterProcess({
      config: `checks:
  - {name: Root, target: /, prober: disk}
  - {name: Greeter, target: "127.0.0.1:${greeter.port}", prober: tcp, tcp: {query_response: [{expect: hello}]}}
  - {name: Silent, target: "127.0.0.1:${silent.port}", prober: tcp, timeout: 300ms, tcp: {query_response: [{expect: x}]}}
`,
      env: {
        ...preloaded(),
        FAKETIME_TIMESTAMP_FILE: offsetFile,
        FAKETIME_NO_CACHE: '1',
        // The kernel steps that clock never.
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
    }),
  );
  onTestFinished(() => endItself(exporter));
  const step = (offset: number) => writeFile(offsetFile, offset < 0 ? `${offset}` : `+${offset}`);
  return { exporter, step };
}

/** One that is killed leaves a semaphore behind, and the next process of its number does not start. */
async function endItself({ process: child }: ExporterProcess): Promise<void> {
  child.kill('SIGTERM');
  await child.ended;
}

/** What `faketime` itself sets for a program with threads. */
function preloaded(): { LD_PRELOAD: string } {
  const printed = execFileSync('faketime', ['-m', '-f', '+0', 'sh', '-c', 'echo "$LD_PRELOAD"']);
  return { LD_PRELOAD: printed.toString().trim() };
}

/** When the exporter says that it probed last, in seconds since the epoch. */
async function clockOf({ url }: ExporterProcess): Promise<number> {
  const log = await (await fetch(`${url}/logs?check=Greeter`)).text();
  const [time = ''] = /\d{4}-\d\d-\d\dT[\d:.]+Z/.exec(log) ?? [];
  return Date.parse(time) / 1000;
}
