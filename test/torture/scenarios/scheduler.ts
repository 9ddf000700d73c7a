import { join } from 'node:path';
import { startChild } from '../../support/child.ts';

const RUNS = 10_000;
const ROOT = join(import.meta.dirname, '../../..');
/** They have a clock of their own making, which the test runner gives them. */
const PROPERTIES = ['test/engine/order.property.test.ts', 'test/engine/sharing.property.test.ts'];

/** Proof 6: the limit is never exceeded under any interleaving; and all else that the order of checks promises. */
export const scenario = {
  name: 'scheduler',
  proof: [6],
  title: 'no interleaving of scrapes, leaving askers and reloads makes more probes than the limit',
  limitSeconds: 1800,
  /** @param scale 1 for 10,000 random worlds of each property. */
  run: async (scale: number): Promise<{ figures: Record<string, string | number> }> => {
    const runs = Math.max(1, Math.round(RUNS * scale));
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const args = [vitest, 'run', `--root=${ROOT}`, '--testTimeout=0', ...PROPERTIES];
    await using child = startChild(process.execPath, args, { PROPERTY_RUNS: String(runs) });
    const { code } = await child.ended;
    if (code !== 0) throw new Error(`${child.stdout()}\n${child.stderr()}`);
    return { figures: { 'random worlds of each property': runs, properties: PROPERTIES.length } };
  },
};
