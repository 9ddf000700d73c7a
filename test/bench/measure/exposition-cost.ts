import { startExporterProcess } from '../../support/exporter-process.ts';
import type { Bench } from '../bench.ts';
import { openScrapes } from '../contenders/exporter.ts';
import { type ThreadTime, threadTimes } from './cpu.ts';
import { inspectorUrl, openInspector, WITH_INSPECTOR } from './inspector.ts';
import { shareOf } from './profile.ts';

const WARM_UPS = 3;
const SCRAPE_PATIENCE_SECONDS = 60;
/** What turns results into text, compresses it, and sends it. */
const EXPOSITION = /\/src\/(?:metrics\/|web\/respond\.ts$)|^node:(?:internal\/)?(?:zlib|compress)/;
/** As libuv names its pool, in which large answers are compressed and, here, nothing else is done. */
const POOL = 'libuv-worker';
/** What measures is not measured. */
const PROFILER = /^v8:ProfEvntProc/;

/**
 * Which part of an exporter's CPU time in one scrape went to the exposition: everything in `src/metrics/`, what counts
 * and observes included, compressing and sending.
 *
 * Found out with a process of its own under a profiler, in one scrape after some that are not counted. The profile knows
 * the main thread alone, so that the threads which compress are added from the scheduler's figures.
 *
 * @returns from 0 to 1, or `undefined` on a kernel whose scheduler does not tell.
 */
export async function expositionShare(config: string, bench: Bench): Promise<number | undefined> {
  const starting = startExporterProcess({ config, env: WITH_INSPECTOR });
  await using exporter = await bench.within(60, 'starting an exporter to profile', starting);
  const url = inspectorUrl(exporter.process.stderr());
  using inspector = await bench.within(10, 'opening an inspector', openInspector(url));
  using session = await bench.within(10, 'connecting', openScrapes(exporter.port));
  const scrape = () => bench.within(SCRAPE_PATIENCE_SECONDS, 'a scrape', session.pass());
  for (let warmUp = 0; warmUp < WARM_UPS; warmUp++) (await scrape()).read();

  await bench.within(10, 'starting a profile', inspector.startProfile());
  const before = threadTimes(exporter.process.pid);
  await scrape();
  const after = threadTimes(exporter.process.pid);
  const profile = await bench.within(60, 'reading a profile', inspector.stopProfile());
  if (!before || !after) return undefined;
  const spent = spentBetween(before, after).filter(({ name }) => !PROFILER.test(name));
  const main = String(exporter.process.pid);
  const mainMs = total(spent.filter(({ thread }) => thread === main));
  const poolMs = total(spent.filter(({ name }) => name === POOL));
  return (mainMs * shareOf(profile, (file) => EXPOSITION.test(file)) + poolMs) / total(spent);
}

function spentBetween(before: readonly ThreadTime[], after: readonly ThreadTime[]): ThreadTime[] {
  const earlier = new Map(before.map(({ thread, ms }) => [thread, ms]));
  return after.map((time) => ({ ...time, ms: time.ms - (earlier.get(time.thread) ?? 0) }));
}

function total(times: readonly ThreadTime[]): number {
  return times.reduce((sum, { ms }) => sum + ms, 0);
}
