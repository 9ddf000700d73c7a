import { appendFileSync, writeFileSync } from 'node:fs';
import { createBench } from './bench.ts';
import { endOwnChildren } from './children.ts';
import { FlagProblem, type Flags, readFlags, USAGE } from './flags.ts';
import { GOALS, judge, renderVerdicts } from './goals.ts';
import { describeMachine, renderMachine } from './measure/machine.ts';
import { runCases } from './run.ts';
import { renderResults } from './table.ts';

const INTERRUPTED_EXIT_CODE = 130;
const MISUSED_EXIT_CODE = 2;
/** For everything that was started to end after an interruption. */
const PATIENCE_MS = 10_000;

process.exit(await main(process.argv.slice(2)));

/** @returns the exit code: 0 where everything was measured, whatever was reached. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const flags = readFlags(args);
    if (flags.help) return print(USAGE);
    if (flags.list) return print(flags.cases.map(({ name }) => `${name}\n`).join(''));
    assertLinux();
    if (flags.json !== undefined) assertWritable(flags.json);
    return await run(flags);
  } catch (error) {
    if (!(error instanceof FlagProblem)) throw error;
    process.stderr.write(`${error.message}\n`);
    return MISUSED_EXIT_CODE;
  } finally {
    endOwnChildren();
  }
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

function assertLinux(): void {
  if (process.platform === 'linux') return;
  throw new FlagProblem(
    `the benchmark reads /proc, so it needs Linux; this is ${process.platform}`,
  );
}

/** Before anything is measured, not after. */
function assertWritable(file: string): void {
  try {
    // What an earlier run wrote stays until this one is over.
    appendFileSync(file, '');
  } catch (error) {
    throw new FlagProblem(`--json: cannot write ${file}: ${(error as Error).message}`);
  }
}

/** Fires at Ctrl-C; what does not end soon after is ended with this process. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const interrupt = () => {
    controller.abort(new Error('interrupted'));
    setTimeout(() => {
      endOwnChildren();
      process.exit(INTERRUPTED_EXIT_CODE);
    }, PATIENCE_MS).unref();
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  return controller.signal;
}

function print(text: string): 0 {
  process.stdout.write(text);
  return 0;
}
