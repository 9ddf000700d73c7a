import type { Bench } from '../bench.ts';
import type { GrowthCase } from '../cases.ts';
import { configurationOf, startExporter } from '../contenders/exporter.ts';
import { descriptorsOf, memoryOf } from '../measure/memory.ts';
import { trendOf } from '../measure/statistics.ts';
import type { CaseResult, Figures } from '../results.ts';
import { startInstantTarget } from '../targets/instant.ts';

const SCRAPE_SECONDS = 60;
/** Readings of memory that the trend is drawn through. */
const READINGS = 100;
/** The first scrapes fill what is kept: they belong to no trend. */
const WARM_UP_PART = 0.25;
/** After the last answer, until what it used is closed. */
const SETTLE_SECONDS = 0.5;

/** Whether an exporter that is scraped again and again keeps something. */
export async function runGrowth(
  growthCase: GrowthCase,
  bench: Bench,
): Promise<CaseResult['contenders']> {
  const { name, scrapes } = growthCase;
  await using stack = new AsyncDisposableStack();
  const target = stack.use(await bench.starting('the target', startInstantTarget('http')));
  const config = configurationOf(target.probing, growthCase);
  const exporter = stack.use(await bench.starting('the exporter', startExporter(config)));
  const scrape = async (times: number) => {
    using session = await bench.starting('a connection', exporter.open());
    for (let count = 0; count < times; count++) {
      const pass = await bench.within(SCRAPE_SECONDS, 'a scrape', session.pass());
      // Each is read, so that a scrape that was answered with nothing is noticed.
      const executed = pass.read().latenciesMs.length;
      if (executed !== growthCase.checks) throw new Error(`a scrape executed ${executed} checks`);
    }
  };

  const warmUps = Math.ceil(scrapes * WARM_UP_PART);
  await scrape(warmUps);
  await bench.sleep(SETTLE_SECONDS);
  const descriptors = descriptorsOf(exporter.pid);
  const perReading = Math.max(1, Math.floor((scrapes - warmUps) / READINGS));
  const readingsMb: number[] = [];
  for (let done = warmUps; done < scrapes; done += perReading) {
    await scrape(Math.min(perReading, scrapes - done));
    readingsMb.push(memoryOf(exporter.pid).nowMb);
    if (readingsMb.length % 10 === 0)
      bench.say(`${name}: ${done + perReading} of ${scrapes} scrapes`);
  }
  await bench.sleep(SETTLE_SECONDS);
  const { peakMb, nowMb } = memoryOf(exporter.pid);
  const atEnd = descriptorsOf(exporter.pid);
  const figures: Figures = {
    peakMb,
    endMb: nowMb,
    ...growthFigures(readingsMb),
    descriptors: atEnd,
    moreDescriptors: atEnd - descriptors,
  };
  return { exporter: { rounds: [figures] } };
}

/** @param readingsMb resident memory at even distances. */
export function growthFigures(readingsMb: readonly number[]): Figures {
  const { change, noise } = trendOf(readingsMb);
  return { grownMb: change, noiseMb: noise, grownBeyondNoiseMb: Math.max(0, change - noise) };
}
