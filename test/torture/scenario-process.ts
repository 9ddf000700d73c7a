// `scenario-process.ts FILE SCALE` runs one scenario and tells the process that started it what came of it.
import { endOwnChildren } from '../support/own-children.ts';
import { readScenario } from './registry.ts';
import type { Told } from './run.ts';
import { NotHeld } from './scenario.ts';

const [file = '', scale] = process.argv.slice(2);
// Those that it started are asked to end with it: they are of its group.
process.once('SIGTERM', () => process.exit(1));
// Nobody is left to tell.
process.once('disconnect', () => {
  endOwnChildren();
  process.exit(1);
});

const told = await run();
endOwnChildren();
process.send?.(told, () => process.exit(0));

async function run(): Promise<Told> {
  try {
    const { scenario } = await readScenario(file);
    return await scenario.run(Number(scale));
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    if (!(error instanceof NotHeld) && error instanceof Error) {
      process.stderr.write(`${error.stack}\n`);
    }
    return { problem, figures: error instanceof NotHeld ? error.figures : {} };
  }
}
