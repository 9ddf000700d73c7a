import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startChild } from '../../support/child.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import type { Bench } from '../bench.ts';
import type { StartupCase } from '../cases.ts';
import { openConnection, scrapeRequest } from '../contenders/connection.ts';
import { SCRAPE_TIMEOUT_SECONDS } from '../contenders/exporter.ts';
import { samplesOf } from '../contenders/reported.ts';
import { memoryOf } from '../measure/memory.ts';
import type { CaseResult, Figures } from '../results.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const COMPILER = join(ROOT, 'node_modules/typescript/bin/tsc');
const BUILD_SECONDS = 120;
const SCRAPE_SECONDS = 60;
const END_SECONDS = 30;

/** How soon the built exporter answers its first scrape where it is given nothing, and what it needs when idle. */
export async function runStartup(
  { name, idleSeconds }: StartupCase,
  bench: Bench,
): Promise<CaseResult['contenders']> {
  await using directory = await temporaryDirectory();
  bench.say(`${name}: building the package`);
  const main = await bench.within(BUILD_SECONDS, 'building the package', build(directory.path));
  // The first start finds nothing that was kept of earlier ones, and the code not yet in memory.
  const first = await startOnce(main, 0, bench);
  const rounds: Figures[] = [{ coldScrapeMs: first.firstScrapeMs ?? Number.NaN }];
  for (let round = 0; round < bench.rounds; round++) {
    rounds.push(await startOnce(main, idleSeconds, bench));
    bench.say(`${name}: round ${round + 1} of ${bench.rounds}`);
  }
  return { exporter: { rounds } };
}

/** Builds the package as it is published, beside the one that may lie in the work tree. @returns its main file. */
async function build(directory: string): Promise<string> {
  await cp(join(ROOT, 'package.json'), join(directory, 'package.json'));
  for (const folder of ['alert-rules', 'examples']) {
    await symlink(join(ROOT, folder), join(directory, folder));
  }
  // A folder of its own: what an exporter keeps in it is not found by the next run.
  await mkdir(join(directory, 'node_modules'));
  for (const name of await readdir(join(ROOT, 'node_modules'))) {
    if (name.startsWith('.')) continue;
    await symlink(join(ROOT, 'node_modules', name), join(directory, 'node_modules', name));
  }
  const dist = join(directory, 'dist');
  // Types are somebody else's to check, and change nothing of what is written.
  const project = ['--project', join(ROOT, 'tsconfig.build.json'), '--noCheck'];
  const args = [COMPILER, ...project, '--outDir', dist];
  await promisify(execFile)(process.execPath, args).catch((error: { stdout?: string }) => {
    throw new Error(`the package does not build: ${error.stdout}`, { cause: error });
  });
  return join(dist, 'main.js');
}

async function startOnce(main: string, idleSeconds: number, bench: Bench): Promise<Figures> {
  const startedAt = performance.now();
  const args = [main, '--web.listen-address=127.0.0.1:0'];
  // What tests keep of earlier starts, whoever starts it by hand has not.
  await using child = startChild(process.execPath, args, { NODE_COMPILE_CACHE: undefined });
  const listening = child.says(/msg=listening address=127\.0\.0\.1 port=(?<port>\d+)/);
  const { groups } = await bench.starting('the exporter', listening);
  const port = Number(groups?.port);
  const listeningAt = performance.now();
  using connection = await bench.starting('a connection', openConnection(port));
  const request = scrapeRequest('/metrics', port, SCRAPE_TIMEOUT_SECONDS);
  const answer = await bench.within(SCRAPE_SECONDS, 'the first scrape', connection.ask(request));
  const answeredAt = performance.now();
  // Whether this host is healthy is not asked.
  const durations = samplesOf(answer.text(), 'probe_duration_seconds').map(({ value }) => value);
  if (durations.length === 0) throw new Error('the first scrape executed nothing');
  await bench.sleep(idleSeconds);
  const { nowMb, peakMb } = memoryOf(child.pid);
  // Ended as one ends it, so that it keeps what it means to keep for its next start.
  child.kill('SIGTERM');
  await bench.within(END_SECONDS, 'ending the exporter', child.ended);
  return {
    firstScrapeMs: answeredAt - startedAt,
    ofScrapeMs: answeredAt - listeningAt,
    slowestCheckMs: Math.max(...durations) * 1000,
    idleMb: nowMb,
    peakMb,
  };
}
