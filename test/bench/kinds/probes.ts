import { hasOracle } from '../../differential/support/oracle.ts';
import type { Bench } from '../bench.ts';
import type { ProbesCase } from '../cases.ts';
import { type BareLoop, startBareLoop } from '../contenders/bare-loop.ts';
import { startBlackbox } from '../contenders/blackbox.ts';
import type { Contender, Pass } from '../contenders/contender.ts';
import { configurationOf, startExporter } from '../contenders/exporter.ts';
import { cpuMs } from '../measure/cpu.ts';
import { expositionShare } from '../measure/exposition-cost.ts';
import { memoryOf } from '../measure/memory.ts';
import { quantile, spreadOf } from '../measure/statistics.ts';
import type { CaseResult, ContenderName, Figures } from '../results.ts';
import { DELAY_MS, startDelayedTarget } from '../targets/delayed.ts';
import { missingFor, startInstantTarget } from '../targets/instant.ts';
import type { Probing } from '../targets/protocols.ts';

/** Of each contender in each round, so that a tick more or less does not matter; a scrape at least, some at most. */
const PROBES_PER_ROUND = { full: 3000, smoke: 40 } as const;
const MOST_SCRAPES_PER_ROUND = 200;
/**
 * Not counted: what is opened once, and compiled. A process that runs for months pays for that in its first minute;
 * the first scrape after a start has a case of its own.
 */
const WARM_UP_PROBES = { full: 20_000, smoke: 20 } as const;
/** After the last answer, for what is still cleaned up behind it: it is CPU time of the round too. */
const SETTLE_SECONDS = 0.1;
const ONE_AT_A_TIME = {
  probes: { full: 500, smoke: 20 },
  delayed: { full: 40, smoke: 5 },
} as const;
const PASS_SECONDS = 120;

/** A target of either kind. */
interface ProbedTarget extends AsyncDisposable {
  readonly probing: Probing;
  readonly port: number;
  readonly caFile?: string | undefined;
  readonly takeOwnErrors?: () => Promise<number[]>;
}

/** Everybody runs the same checks against the same target, in turn, round for round. */
export async function runProbes(
  probesCase: ProbesCase,
  bench: Bench,
): Promise<CaseResult['contenders']> {
  const { protocol } = probesCase;
  const notMeasured = missingFor(protocol);
  if (notMeasured !== undefined) return { exporter: { notMeasured } };
  await using stack = new AsyncDisposableStack();
  const target = stack.use(await bench.starting('the target', startTarget(probesCase)));
  const config = configurationOf(target.probing, probesCase);
  const bare = stack.use(
    await bench.starting('the bare loop', startBareLoop({ ...target, protocol }, probesCase)),
  );
  const contenders: Partial<Record<ContenderName, Contender>> = {
    exporter: stack.use(await bench.starting('the exporter', startExporter(config))),
    ...(hasOracle && {
      blackbox: stack.use(
        await bench.starting('blackbox_exporter', startBlackbox(target.probing, probesCase)),
      ),
    }),
    bare,
  };

  const truth = await measureTruth(bare, target, probesCase, bench);
  const measured = await measureRounds(contenders, target, probesCase, bench);
  const exporter = measured.exporter ?? [];
  if (probesCase.exposition)
    exporter.push(await measureExposition(config, probesCase, exporter, bench));
  return {
    exporter: { rounds: exporter },
    blackbox: measured.blackbox
      ? { rounds: measured.blackbox }
      : { notMeasured: 'blackbox_exporter is not installed' },
    bare: { rounds: measured.bare ?? [] },
    truth: { rounds: [truth] },
  };
}

function startTarget({ kind, protocol }: ProbesCase): Promise<ProbedTarget> {
  return kind === 'delayed' ? startDelayedTarget() : startInstantTarget(protocol);
}

async function measureTruth(
  bare: BareLoop,
  target: ProbedTarget,
  { kind }: ProbesCase,
  bench: Bench,
): Promise<Figures> {
  const count = ONE_AT_A_TIME[kind][bench.smoke ? 'smoke' : 'full'];
  const ask = () => bench.within(PASS_SECONDS, 'asking one at a time', bare.oneAtATime(count));
  // The first requests are compiled ones for nobody.
  await ask();
  await target.takeOwnErrors?.();
  const latencies = await ask();
  return { ...latencyFigures(latencies, kind), ...(await ownErrors(target)) };
}

async function measureRounds(
  contenders: Partial<Record<ContenderName, Contender>>,
  target: ProbedTarget,
  probesCase: ProbesCase,
  bench: Bench,
): Promise<Partial<Record<ContenderName, Figures[]>>> {
  const entries = Object.entries(contenders) as [ContenderName, Contender][];
  const rounds: Partial<Record<ContenderName, Figures[]>> = {};
  const size = bench.smoke ? 'smoke' : 'full';
  const passes = (probes: number) => Math.max(1, Math.ceil(probes / probesCase.checks));
  for (const [, contender] of entries) {
    await runPasses(
      contender,
      Math.min(passes(WARM_UP_PROBES[size]), MOST_SCRAPES_PER_ROUND),
      bench,
    );
  }
  for (let round = 0; round < bench.rounds; round++) {
    // Whoever is first in one round is last in the next.
    for (const [name, contender] of round % 2 === 0 ? entries : entries.toReversed()) {
      await target.takeOwnErrors?.();
      const count = Math.min(passes(PROBES_PER_ROUND[size]), MOST_SCRAPES_PER_ROUND);
      const figures = await measureRound(contender, count, probesCase, bench);
      rounds[name] = [...(rounds[name] ?? []), { ...figures, ...(await ownErrors(target)) }];
    }
    bench.say(`${probesCase.name}: round ${round + 1} of ${bench.rounds}`);
  }
  for (const [name, { pid }] of entries) {
    const { peakMb, nowMb } = memoryOf(pid);
    rounds[name]?.push({ peakMb, endMb: nowMb });
  }
  return rounds;
}

async function measureRound(
  contender: Contender,
  count: number,
  { checks, kind }: ProbesCase,
  bench: Bench,
): Promise<Figures> {
  const { passes, spentMs } = await runPasses(contender, count, bench);
  const readings = passes.map(({ read }) => read());
  const latencies = readings.flatMap(({ latenciesMs }) => latenciesMs);
  const bytes = readings[0]?.bytes;
  return {
    cpuMs: spentMs / latencies.length,
    wallMs: quantile(
      passes.map(({ wallMs }) => wallMs),
      0.5,
    ),
    ...latencyFigures(latencies, kind),
    notExecuted: count * checks - latencies.length,
    ...(bytes && { expositionKb: bytes.plain / 1000, gzippedKb: bytes.sent / 1000 }),
  };
}

async function runPasses(
  contender: Contender,
  count: number,
  bench: Bench,
): Promise<{ passes: Pass[]; spentMs: number }> {
  using session = await bench.starting('a connection', contender.open());
  const passes: Pass[] = [];
  const before = cpuMs(contender.pid);
  for (let pass = 0; pass < count; pass++) {
    passes.push(await bench.within(PASS_SECONDS, 'waiting for answers', session.pass()));
  }
  await bench.sleep(SETTLE_SECONDS);
  return { passes, spentMs: cpuMs(contender.pid) - before };
}

function latencyFigures(latenciesMs: readonly number[], kind: ProbesCase['kind']): Figures {
  const figures = { medianMs: quantile(latenciesMs, 0.5), p99Ms: quantile(latenciesMs, 0.99) };
  if (kind === 'probes') return figures;
  const errors = latenciesMs.map((latency) => Math.abs(latency - DELAY_MS));
  return { medianErrorMs: quantile(errors, 0.5), p99ErrorMs: quantile(errors, 0.99) };
}

async function ownErrors({ takeOwnErrors }: ProbedTarget): Promise<Figures> {
  if (!takeOwnErrors) return {};
  const errors = await takeOwnErrors();
  return {
    targetMedianErrorMs: quantile(errors, 0.5),
    targetP99ErrorMs: quantile(errors, 0.99),
  };
}

async function measureExposition(
  config: string,
  { checks, name }: ProbesCase,
  rounds: readonly Figures[],
  bench: Bench,
): Promise<Figures> {
  bench.say(`${name}: profiling the exposition`);
  const share = await expositionShare(config, bench);
  if (share === undefined) return {};
  const cpuPerProbeMs =
    spreadOf(rounds.flatMap((round) => round.cpuMs ?? []))?.median ?? Number.NaN;
  return { expositionShare: share, expositionMs: share * cpuPerProbeMs * checks };
}
