import { writeFileSync } from 'node:fs';
import {
  assertLinux,
  assertWritable,
  INTERRUPTED_EXIT_CODE,
  interruption,
  print,
  runCommand,
} from '../support/command-line.ts';
import { createBench } from './bench.ts';
import { type Flags, readFlags, USAGE } from './flags.ts';
import { GOALS, judge, renderVerdicts } from './goals.ts';
import { describeMachine, renderMachine } from './measure/machine.ts';
import { runCases } from './run.ts';
import { renderResults } from './table.ts';

process.exit(await runCommand(() => main(process.argv.slice(2))));

/** @returns the exit code: 0 where everything was measured, whatever was reached. */
function main(args: readonly string[]): Promise<number> | number {
  const flags = readFlags(args);
  if (flags.help) return print(USAGE);
  if (flags.list) return print(flags.cases.map(({ name }) => `${name}\n`).join(''));
  assertLinux('the benchmark');
  if (flags.json !== undefined) assertWritable(flags.json);
  return run(flags);
}

async function run(flags: Flags): Promise<number> {
  const interrupted = interruption();
  const machine = describeMachine();
  print(renderMachine(machine));
  const startedAt = performance.now();
  const say = (sentence: string) => {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0).padStart(4);
    process.stderr.write(`${seconds} s  ${sentence}\n`);
  };
  const bench = createBench({ smoke: flags.smoke, rounds: flags.rounds, say }, interrupted);
  const results = await runCases(flags.cases, bench, interrupted).catch((error: unknown) => {
    if (interrupted.aborted) return undefined;
    throw error;
  });
  if (!results || interrupted.aborted) return INTERRUPTED_EXIT_CODE;

  const verdicts = flags.smoke ? [] : judge(GOALS, results);
  print(
    `\nMedian (lowest–highest) of ${flags.rounds === 1 ? 'one round' : `${flags.rounds} rounds`}.\n\n${renderResults(results)}`,
  );
  print(flags.smoke ? '\nA smoke run: nothing is judged.\n' : `\n${renderVerdicts(verdicts)}`);
  if (flags.json !== undefined) {
    const report = { machine, rounds: flags.rounds, smoke: flags.smoke, results, verdicts };
    writeFileSync(flags.json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  return results.some(({ failed }) => failed !== undefined) ? 1 : 0;
}
