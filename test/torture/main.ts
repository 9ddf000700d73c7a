import { writeFileSync } from 'node:fs';
import { describeMachine, renderMachine } from '../bench/measure/machine.ts';
import {
  assertLinux,
  assertWritable,
  INTERRUPTED_EXIT_CODE,
  interruption,
  print,
  runCommand,
} from '../support/command-line.ts';
import { type Flags, readFlags, USAGE } from './flags.ts';
import { readScenarios } from './registry.ts';
import { renderList, renderResult, renderSummary } from './report.ts';
import { type Result, runScenario } from './run.ts';

process.exit(await runCommand(() => main(process.argv.slice(2))));

/** @returns the exit code: 0 where everything holds, 1 where something does not. */
async function main(args: readonly string[]): Promise<number> {
  const flags = readFlags(args, await readScenarios());
  if (flags.help) return print(USAGE);
  if (flags.list) return print(renderList(flags.chosen));
  assertLinux('the torture');
  if (flags.json !== undefined) assertWritable(flags.json);
  return run(flags);
}

async function run({ chosen, scale, json }: Flags): Promise<number> {
  const interrupted = interruption();
  const machine = describeMachine();
  print(`${renderMachine(machine)}\n`);
  if (scale !== 1) print(`Scale ${scale}: a figure of the whole is not to be had from it.\n\n`);
  const results: Result[] = [];
  for (const registered of chosen) {
    process.stderr.write(`${registered.scenario.name} …\n`);
    const result = await runScenario(registered, scale, interrupted);
    if (interrupted.aborted) return INTERRUPTED_EXIT_CODE;
    results.push(result);
    print(`${renderResult(result)}\n`);
  }
  print(renderSummary(results));
  if (json !== undefined) {
    writeFileSync(json, `${JSON.stringify({ machine, scale, results }, undefined, 2)}\n`);
  }
  return results.some(({ problem }) => problem !== undefined) ? 1 : 0;
}
