import { PROPERTY_RUNS } from '../../support/property-runs.ts';
import { judge, type Scenario, scaled } from '../scenario.ts';
import { runTests } from '../vitest-run.ts';

const RUNS = 10_000;
const PROPERTIES = ['test/engine/order.property.test.ts', 'test/engine/sharing.property.test.ts'];

export const scenario: Scenario = {
  name: 'interleavings',
  proof: [6],
  title:
    'in 10,000 made-up worlds there are never more probes in flight than the limit says, and nobody starves',
  run: async (scale) => {
    const runs = scaled(RUNS, scale);
    const { passed, failed } = await runTests(PROPERTIES, {
      env: { [PROPERTY_RUNS]: String(runs) },
    });
    return judge({ 'worlds of each property': runs, 'properties that held': passed }, [
      [failed.length === 0, failed.join('\n')],
      [passed === PROPERTIES.length, 'not every property was tried'],
    ]);
  },
};
