import type { Bench } from './bench.ts';
import type { Case } from './cases.ts';
import { runGrowth } from './kinds/growth.ts';
import { runHanging } from './kinds/hanging.ts';
import { runProbes } from './kinds/probes.ts';
import { runStartup } from './kinds/startup.ts';
import type { CaseResult } from './results.ts';
import { renderResults } from './table.ts';

/** Runs the cases one after the other. One that fails does not keep the others from being measured. */
export async function runCases(
  cases: readonly Case[],
  bench: Bench,
  signal: AbortSignal,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const next of cases) {
    signal.throwIfAborted();
    bench.say(next.name);
    const result = await runCase(next, bench);
    results.push(result);
    bench.say(`${next.name}:\n${renderResults([result])}`);
  }
  return results;
}

async function runCase(next: Case, bench: Bench): Promise<CaseResult> {
  const { name, kind } = next;
  try {
    return { name, kind, contenders: await measure(next, bench) };
  } catch (error) {
    const failed = error instanceof Error ? error.message : String(error);
    return { name, kind, contenders: {}, failed };
  }
}

function measure(next: Case, bench: Bench): Promise<CaseResult['contenders']> {
  switch (next.kind) {
    case 'probes':
    case 'delayed':
      return runProbes(next, bench);
    case 'hanging':
      return runHanging(next, bench);
    case 'growth':
      return runGrowth(next, bench);
    case 'startup':
      return runStartup(next, bench);
  }
}
