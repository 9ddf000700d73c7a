import { WITH_INSPECTOR } from '../../bench/measure/inspector.ts';
import { memoryOf } from '../../bench/measure/memory.ts';
import { trendOf } from '../../bench/measure/statistics.ts';
import { type ExporterProcess, startExporterProcess } from '../../support/exporter-process.ts';
import { type MixedChecks, startMixedChecks } from '../mixed-checks.ts';
import { judge, rounded, type Scenario, scaled } from '../scenario.ts';
import { countOf, type Standing, showHandles, standingOf } from '../standing.ts';

const SCRAPES = 20_000;
/** The first ones compile, and fill what is kept: they belong to no base. */
const WARM_UP_PART = 0.1;
const READINGS = 200;
/** Of fewer scrapes memory says nothing: the heap has not reached its size. */
const SCRAPES_FOR_MEMORY = 5000;
/** What Prometheus says where nobody configured anything else: 15 seconds between two scrapes are 240 an hour. */
const SCRAPES_PER_HOUR = 240;

const MOST_MORE_DESCRIPTORS = 5;
const MOST_MORE_MB = 15;
const MOST_MORE_LIVE_MB = 3;
const MOST_MB_PER_HOUR = 1;

export const scenario: Scenario = {
  name: 'soak',
  proof: [3],
  title:
    'after 20,000 scrapes of healthy, failing and hanging checks descriptors, handles and memory are where they were',
  limitSeconds: 3600,
  run: async (scale) => {
    await using checks = await startMixedChecks();
    await using exporter = await startExporterProcess({
      config: checks.config,
      env: WITH_INSPECTOR,
    });
    const scrapes = scaled(SCRAPES, scale, 40);
    const warmUps = Math.ceil(scrapes * WARM_UP_PART);
    await scrapeTimes(exporter, checks, warmUps);
    const base = await standingOf(exporter, checks.quickCheck);
    const readings = await scrapeAndRead(exporter, checks, scrapes - warmUps);
    const end = await standingOf(exporter, checks.quickCheck);
    return judgeSoak({ scrapes, counted: scrapes - warmUps, base, end, readings, checks });
  },
};

async function scrapeAndRead(
  exporter: ExporterProcess,
  checks: MixedChecks,
  scrapes: number,
): Promise<number[]> {
  const readings: number[] = [];
  const perReading = Math.max(1, Math.floor(scrapes / READINGS));
  for (let done = 0; done < scrapes; done += perReading) {
    await scrapeTimes(exporter, checks, Math.min(perReading, scrapes - done));
    readings.push(memoryOf(exporter.process.pid).nowMb);
  }
  return readings;
}

/** One scrape after the other. @throws where one of them says of a check what is not so. */
async function scrapeTimes(
  exporter: ExporterProcess,
  { healthy, failing, hanging }: MixedChecks,
  times: number,
): Promise<void> {
  for (let time = 0; time < times; time++) {
    const text = await (await fetch(`${exporter.url}/metrics`)).text();
    const up = text.match(/^probe_success\{.*\} 1$/gm)?.length;
    const down = text.match(/^probe_success\{.*\} 0$/gm)?.length;
    const late = text.match(/^probe_failure_info\{.*reason="timeout".*\} 1$/gm)?.length;
    if (up === healthy && down === failing + hanging && late === hanging) continue;
    const failures = text.match(/^probe_failure_info.*$/gm)?.join('\n');
    throw new Error(
      `a scrape called ${up} of ${healthy + failing + hanging} checks healthy and ${late} late, ` +
        `expected ${healthy} and ${hanging}:\n${failures}`,
    );
  }
}

function judgeSoak({
  scrapes,
  counted,
  base,
  end,
  readings,
  checks,
}: {
  scrapes: number;
  counted: number;
  base: Standing;
  end: Standing;
  readings: readonly number[];
  checks: MixedChecks;
}) {
  const { change, noise } = trendOf(readings);
  const perHour = (Math.max(0, change - noise) / counted) * SCRAPES_PER_HOUR;
  const movedMb = end.residentMb - base.residentMb;
  const movedLiveMb = end.liveHeapMb - base.liveHeapMb;
  const saysMemory = scrapes >= SCRAPES_FOR_MEMORY;
  const figures = {
    scrapes,
    'probes, healthy / failing / hanging': [checks.healthy, checks.failing, checks.hanging]
      .map((count) => (count * scrapes).toLocaleString('en'))
      .join(' / '),
    descriptors: `${base.descriptors} → ${end.descriptors}`,
    handles: `${showHandles(base.handles)} → ${showHandles(end.handles)}`,
    threads: `${base.threads} → ${end.threads}`,
    'child processes': `${base.children} → ${end.children}`,
    'resident memory, MB': `${rounded(base.residentMb)} → ${rounded(end.residentMb)}`,
    'heap after collection, MB': `${rounded(base.liveHeapMb)} → ${rounded(end.liveHeapMb)}`,
    'trend of resident memory, MB': `${rounded(change)} ± ${rounded(noise)}`,
    'beyond its noise, MB an hour of scrapes each 15 s': rounded(perHour, 3),
  };
  return judge(figures, [
    [end.descriptors <= base.descriptors + MOST_MORE_DESCRIPTORS, 'descriptors were left open'],
    [countOf(end.handles) <= countOf(base.handles), 'handles were left'],
    [end.threads <= base.threads, 'threads were left'],
    [end.children <= base.children, 'child processes were left'],
    [!saysMemory || movedMb <= MOST_MORE_MB, `resident memory grew by ${rounded(movedMb)} MB`],
    [
      !saysMemory || movedLiveMb <= MOST_MORE_LIVE_MB,
      `the heap grew by ${rounded(movedLiveMb)} MB`,
    ],
    [!saysMemory || perHour < MOST_MB_PER_HOUR, `memory grows by ${rounded(perHour)} MB an hour`],
  ]);
}
