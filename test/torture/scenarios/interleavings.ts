import { PROPERTY_RUNS } from '../../support/property-runs.ts';
import { judge, type Scenario, scaled } from '../scenario.ts';
import { runTests } from '../vitest-run.ts';

const RUNS = 10_000;
const PROPERTY = 'test/engine/order.property.test.ts';

export const scenario: Scenario = {
  name: 'interleavings',
  proof: [6],
  title: 'in 10,000 made-up worlds there are never more probes in flight than the limit says',
  run: async (scale) => {
    const runs = scaled(RUNS, scale);
    const { passed, failed } = await runTests([PROPERTY], {
      env: { [PROPERTY_RUNS]: String(runs) },
    });
    return judge({ worlds: runs, 'scrapes of each': 25, 'properties that held': passed }, [
      [failed.length === 0, failed.join('\n')],
      [passed > 0, 'no property was tried'],
    ]);
  },
};
