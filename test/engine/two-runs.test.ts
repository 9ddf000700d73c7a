import { expect, test, vi } from 'vitest';
import type { Check } from '../../src/config/check.ts';
import { createEngine, SILENT_LISTENER } from '../../src/engine/engine.ts';
import { makeCheck, makeConfig, takes } from '../support/checks.ts';

const PLACES = 8;
// Later than the test may end: no time but that of the probes decides.
const DEADLINE = { timeoutCapSeconds: 60, endSeconds: 60 };

test('quick checks of one scrape need one place, however many slow ones of another wait too', async () => {
  const held: (() => void)[] = [];
  const slow = Array.from({ length: 40 }, (_, index) =>
    makeCheck(`slow ${index}`, () => new Promise((resolve) => held.push(resolve)), {
      timeoutSeconds: 60,
    }),
  );
  const quick = Array.from({ length: 100 }, (_, index) => makeCheck(`quick ${index}`, takes(0)));
  const config = makeConfig([...slow, ...quick], { concurrency: PLACES });
  const engine = createEngine(config, SILENT_LISTENER);
  const scrape = (checks: readonly Check[], signal = new AbortController().signal) =>
    engine.scrape({ deadline: DEADLINE, select: (check) => checks.includes(check), signal });
  await scrape(quick);

  const asker = new AbortController();
  const other = scrape(slow, asker.signal);
  await vi.waitFor(() => expect(held).toHaveLength(PLACES));
  const asked = scrape(quick);
  held[0]?.();
  const views = (await asked) ?? [];
  asker.abort();
  await other;
  expect(views.filter(({ fresh }) => fresh)).toHaveLength(quick.length);
});
