import { expect, test } from 'vitest';
import { isThorough } from '../support/thorough.ts';
import { scenario } from './scenarios/soak.ts';

test.skipIf(!isThorough)(
  'scrapes of healthy, failing and hanging checks leave no descriptor, handle, thread or child',
  {
    timeout: 120_000,
  },
  async () => {
    const { figures } = await scenario.run(0.002);
    expect(figures).toMatchObject({ scrapes: 40, 'child processes': '0 → 0' });
  },
);
