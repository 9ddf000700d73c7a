import { expect, test } from 'vitest';
import { scenario } from './scenarios/soak.ts';

test('scrapes of healthy, failing and hanging checks leave no descriptor, handle, thread or child', {
  timeout: 120_000,
}, async () => {
  const { figures } = await scenario.run(0.002);
  expect(figures).toMatchObject({ scrapes: 40, 'child processes': '0 → 0' });
});
