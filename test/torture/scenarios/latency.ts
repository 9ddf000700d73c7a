import { configurationOf, openScrapes } from '../../bench/contenders/exporter.ts';
import { quantile } from '../../bench/measure/statistics.ts';
import { startDelayedTarget } from '../../bench/targets/delayed.ts';
import { startExporterProcess } from '../../support/exporter-process.ts';
import { judge, judgesTimes, rounded, type Scenario, scaled } from '../scenario.ts';

const TARGET_MS = 100;
const IN_FLIGHT = 64;
const CHECKS = 1000;
const SCRAPES = 20;
/** Compile the code. */
const WARM_UPS = 5;
const MOST_ERROR_MS = 5;

export const scenario: Scenario = {
  name: 'latency',
  proof: [7],
  title: 'reported latency is within 5 ms of what a target of 100 ms took, with 64 in flight',
  run: async (scale) => {
    const checks = scaled(CHECKS, scale, 2 * IN_FLIGHT);
    const scrapes = scaled(SCRAPES, scale, 2);
    await using target = await startDelayedTarget(TARGET_MS);
    const config = configurationOf(target.probing, { checks, inFlight: IN_FLIGHT });
    await using exporter = await startExporterProcess({ config });
    using session = await openScrapes(exporter.port);
    for (let scrape = 0; scrape < scaled(WARM_UPS, scale); scrape++) (await session.pass()).read();
    await target.takeOwnErrors();
    const rounds: Round[] = [];
    for (let scrape = 0; scrape < scrapes; scrape++) {
      const { latenciesMs } = (await session.pass()).read();
      rounds.push(
        roundOf(
          latenciesMs.map((latency) => Math.abs(latency - TARGET_MS)),
          await target.takeOwnErrors(),
        ),
      );
    }
    const middle = (read: (round: Round) => number) => quantile(rounds.map(read), 0.5);
    const beyondMs = middle((round) => round.p99Ms - round.ownP99Ms);
    const figures = {
      probes: checks * scrapes,
      'median error, ms': rounded(
        middle((round) => round.medianMs),
        2,
      ),
      'p99 error, ms': rounded(
        middle((round) => round.p99Ms),
        2,
      ),
      'p99 of what the target itself was late, ms': rounded(
        middle((round) => round.ownP99Ms),
        2,
      ),
    };
    return judge(figures, [
      [
        !judgesTimes(scale) || beyondMs < MOST_ERROR_MS,
        `p99 is off by ${rounded(beyondMs, 2)} ms more than the target itself`,
      ],
    ]);
  },
};

/** Of one scrape, in milliseconds. What the target itself was late is no error of who reports it. */
interface Round {
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly ownP99Ms: number;
}

function roundOf(errorsMs: readonly number[], ownMs: readonly number[]): Round {
  return {
    medianMs: quantile(errorsMs, 0.5),
    p99Ms: quantile(errorsMs, 0.99),
    ownP99Ms: quantile(ownMs, 0.99),
  };
}
