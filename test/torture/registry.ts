import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Scenario } from './scenario.ts';

/** Where every file is a scenario. */
export const SCENARIOS = join(import.meta.dirname, 'scenarios');

/** A scenario and the file it stands in. */
export interface Registered {
  readonly file: string;
  readonly scenario: Scenario;
}

/**
 * Reads the scenarios of a folder, in the order of their proofs.
 *
 * @throws an error that names the file and what it lacks.
 */
export async function readScenarios(folder = SCENARIOS): Promise<Registered[]> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  const all = await Promise.all(names.map((name) => readScenario(join(folder, name))));
  return all.sort(
    (a, b) =>
      Math.min(...a.scenario.proof) - Math.min(...b.scenario.proof) ||
      a.scenario.name.localeCompare(b.scenario.name),
  );
}

/** @throws where the file exports no scenario of its name. */
export async function readScenario(file: string): Promise<Registered> {
  const { scenario } = (await import(pathToFileURL(file).href)) as { scenario?: Partial<Scenario> };
  const problem = problemOf(file, scenario);
  if (problem !== undefined) throw new Error(`${file}: ${problem}`);
  return { file, scenario: scenario as Scenario };
}

function problemOf(file: string, scenario: Partial<Scenario> | undefined): string | undefined {
  if (scenario === undefined) return 'expected it to export `scenario`';
  if (typeof scenario.name !== 'string' || !file.endsWith(`/${scenario.name}.ts`)) {
    return `expected the name of the file, got ${JSON.stringify(scenario.name)}`;
  }
  if (!Array.isArray(scenario.proof) || scenario.proof.length === 0) {
    return 'expected `proof` to list the numbers of what it shows';
  }
  if (typeof scenario.title !== 'string') return 'expected a `title`';
  return typeof scenario.run === 'function' ? undefined : 'expected a function `run`';
}
