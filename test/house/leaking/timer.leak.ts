import { test } from 'vitest';

test('waits for nobody', () => {
  setTimeout(() => {}, 60_000);
});
