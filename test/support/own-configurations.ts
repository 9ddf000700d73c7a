import { globSync } from 'node:fs';
import { ROOT } from '../house/source-files.ts';

/** The examples that are configurations of the exporter, as paths from the top of the project. */
export const EXAMPLE_CONFIGURATIONS: readonly string[] = globSync(
  ['examples/*.yml', 'examples/probers/*.yml', 'examples/compose/checks.yml'],
  { cwd: ROOT },
).sort();
