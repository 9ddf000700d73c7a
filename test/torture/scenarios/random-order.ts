import { randomInt } from 'node:crypto';
import { isInstalled } from '../../support/real-part.ts';
import { judge, type Scenario, scaled } from '../scenario.ts';
import { runTests, type TestRun } from '../vitest-run.ts';

const RUNS = 50;
/** Less than this part of the whole tries the tests of the smallest tools alone. */
const LEAST_SCALE = 0.1;
const SEEDS = 2 ** 31;

const canCutOff =
  process.getuid?.() === 0 && ['unshare', 'ip'].every((command) => isInstalled(command));
/** A network of its own, with nothing in it but the loopback interface. */
const CUT_OFF = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];

export const scenario: Scenario = {
  name: 'random-order',
  proof: [39],
  title:
    'the tests pass in any order and without a network, those of functions 50 times, all of them once',
  limitSeconds: 5400,
  run: async (scale) => {
    const tried = { runs: 0, passed: 0, skipped: 0, failed: [] as string[] };
    const tryOnce = async (what: readonly string[]) => {
      const seed = randomInt(SEEDS);
      const run = await runTests([...what, '--sequence.shuffle', `--sequence.seed=${seed}`], {
        launcher: canCutOff ? CUT_OFF : [],
      });
      tried.runs++;
      add(tried, run, seed);
    };
    const quick = scale < LEAST_SCALE ? ['test/lib'] : ['--project=units'];
    for (let run = 0; run < scaled(RUNS, scale); run++) await tryOnce(quick);
    const wholes = Math.floor(scale);
    for (let run = 0; run < wholes; run++) await tryOnce([]);
    const figures = {
      runs: tried.runs,
      'of these of all tests': wholes,
      network: canCutOff
        ? 'cut off but for loopback'
        : 'there: cutting it off needs root, unshare and ip',
      'tests passed': tried.passed,
      'tests skipped': tried.skipped,
      'tests failed': tried.failed.length,
    };
    return judge(figures, [[tried.failed.length === 0, tried.failed.join('\n')]]);
  },
};

function add(
  tried: { passed: number; skipped: number; failed: string[] },
  { passed, skipped, failed }: TestRun,
  seed: number,
): void {
  tried.passed += passed;
  tried.skipped += skipped;
  tried.failed.push(...failed.map((which) => `with --sequence.seed=${seed}: ${which}`));
}
