import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PROPERTY_SEED } from '../support/property.ts';
import type { Registered } from './registry.ts';
import { type Figures, type Scenario, USUAL_LIMIT_SECONDS } from './scenario.ts';

/** What came of one scenario. */
export interface Result extends Pick<Scenario, 'name' | 'proof' | 'title'> {
  /** Why it does not hold; absent where it does. */
  readonly problem?: string;
  readonly figures: Figures;
  readonly seconds: number;
}

/** What the process of a scenario tells when it is done. */
export type Told = Pick<Result, 'problem' | 'figures'>;

const PROCESS = fileURLToPath(new URL('scenario-process.ts', import.meta.url));
/** However small the part that is run: starting takes its time, on a busy machine more. */
const LEAST_LIMIT_SECONDS = 120;
/** Between being asked to end and being ended. */
const PATIENCE_MS = 10_000;

/**
 * Runs one scenario in a process of its own, so that it has its own descriptors and memory and can be ended whatever it
 * does, with everything that it started.
 *
 * @param signal interrupts it.
 * @param limitSeconds for all of it, unless what the scenario says is meant.
 */
export async function runScenario(
  { file, scenario }: Registered,
  scale: number,
  signal: AbortSignal,
  limitSeconds = limitOf(scenario, scale),
): Promise<Result> {
  const startedAt = performance.now();
  const overdue = AbortSignal.timeout(limitSeconds * 1000);
  const told = await ask(file, scale, AbortSignal.any([signal, overdue]));
  const { name, proof, title } = scenario;
  const seconds = (performance.now() - startedAt) / 1000;
  const late = overdue.aborted && !signal.aborted;
  const problem = late ? `it was not over after ${limitSeconds} s` : told.problem;
  return { name, proof, title, ...told, ...(problem !== undefined && { problem }), seconds };
}

function limitOf({ limitSeconds = USUAL_LIMIT_SECONDS }: Scenario, scale: number): number {
  return Math.max(LEAST_LIMIT_SECONDS, limitSeconds * scale);
}

async function ask(file: string, scale: number, signal: AbortSignal): Promise<Told> {
  // A process group of its own: what it has started can be ended with it. Standard output is the report's.
  const child = spawn(process.execPath, [PROCESS, file, String(scale)], {
    detached: true,
    stdio: ['ignore', 2, 2, 'ipc'],
    // A part only asks whether the scenario is whole: it says the same each time.
    env: { ...(scale >= 1 && { [PROPERTY_SEED]: 'random' }), ...process.env },
  });
  let told: Told | undefined;
  child.on('message', (message) => {
    told = message as Told;
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (code, by) => resolve(`its process ended with ${by ?? code}`));
  });
  const end = () => endGroup(child, 'SIGTERM');
  let patience: NodeJS.Timeout | undefined;
  const interrupt = () => {
    end();
    patience = setTimeout(() => endGroup(child, 'SIGKILL'), PATIENCE_MS);
  };
  if (signal.aborted) interrupt();
  signal.addEventListener('abort', interrupt, { once: true });
  const how = await ended;
  clearTimeout(patience);
  signal.removeEventListener('abort', interrupt);
  // Whatever it left behind.
  end();
  return told ?? { figures: {}, problem: `${how} and told nothing` };
}

function endGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in it.
  }
}
