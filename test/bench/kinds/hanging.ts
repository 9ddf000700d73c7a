import type { Bench } from '../bench.ts';
import type { HangingCase } from '../cases.ts';
import { openConnection, scrapeRequest } from '../contenders/connection.ts';
import { startExporter } from '../contenders/exporter.ts';
import type { CaseResult, Figures } from '../results.ts';
import { startInstantTarget } from '../targets/instant.ts';
import { startTargetProcess } from '../targets/target-process.ts';
import {
  countWronglyDown,
  readVerdicts,
  scrapesUntilKnown,
  staleHealthy,
} from './hanging-verdicts.ts';

/** After twice its timeout a scrape is late enough; this is for a machine that does other things. */
const GRACE_SECONDS = 60;

/**
 * How the exporter treats the healthy where half of the targets hang. One round is one scrape; the first ones, in which
 * the hanging become known, are not asked whether the healthy are fresh.
 */
export async function runHanging(
  hangingCase: HangingCase,
  bench: Bench,
): Promise<CaseResult['contenders']> {
  await using stack = new AsyncDisposableStack();
  const healthy = stack.use(await bench.starting('the healthy target', startInstantTarget('http')));
  const silent = stack.use(
    await bench.starting('the silent target', startTargetProcess('silent-tcp')),
  );
  const config = configurationOf(healthy.probing.target, silent.port, hangingCase);
  const exporter = stack.use(await bench.starting('the exporter', startExporter(config)));

  const unknown = scrapesUntilKnown(hangingCase);
  const rounds: Figures[] = [];
  const calledDown = new Set<string>();
  for (let scrape = 0; scrape < unknown + hangingCase.judgedScrapes; scrape++) {
    const { text, wallMs } = await scrapeOnce(exporter.port, hangingCase, bench);
    const verdicts = readVerdicts(text);
    const isKnown = scrape >= unknown;
    const notFresh = staleHealthy(verdicts, hangingCase.ofEach);
    rounds.push({
      slowestMs: wallMs,
      lateAnswers: wallMs > hangingCase.scrapeTimeoutSeconds * 1000 ? 1 : 0,
      wronglyDown: countWronglyDown(verdicts, calledDown),
      ...(isKnown && { notFresh }),
    });
    bench.say(
      `${hangingCase.name}: scrape ${scrape + 1} of ${unknown + hangingCase.judgedScrapes} took ` +
        `${wallMs.toFixed(0)} ms, ${notFresh} healthy not fresh${isKnown ? '' : ', not judged yet'}`,
    );
  }
  return {
    exporter: { rounds },
    blackbox: { notMeasured: 'its probes share no deadline and no places' },
  };
}

function configurationOf(healthy: string, silentPort: number, { ofEach, inFlight }: HangingCase) {
  const pairs = Array.from({ length: ofEach }, (_, index) => [
    `  - {name: healthy ${index}, target: "${healthy}", prober: http}`,
    `  - {name: hanging ${index}, target: "http://127.0.0.1:${silentPort}/", prober: http}`,
  ]);
  return [`concurrency: ${inFlight}`, 'checks:', ...pairs.flat(), ''].join('\n');
}

async function scrapeOnce(
  port: number,
  { scrapeTimeoutSeconds }: HangingCase,
  bench: Bench,
): Promise<{ text: string; wallMs: number }> {
  using connection = await bench.starting('a connection', openConnection(port));
  const request = scrapeRequest('/metrics', port, scrapeTimeoutSeconds);
  const startedAt = performance.now();
  const asking = connection.ask(request);
  const answer = await bench.within(2 * scrapeTimeoutSeconds + GRACE_SECONDS, 'a scrape', asking);
  const wallMs = performance.now() - startedAt;
  if (answer.status !== 200) throw new Error(`a scrape answered ${answer.status}`);
  return { text: answer.text(), wallMs };
}
