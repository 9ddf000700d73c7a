import { expect, test, vi } from 'vitest';
import { createEngine, SILENT_LISTENER } from '../../src/engine/engine.ts';
import { makeCheck, makeConfig, takes } from '../support/checks.ts';

/** Two checks of one prober, and how often that was told to load. */
function loading() {
  const load = vi.fn();
  const one = makeCheck('one', takes(0));
  const module = { ...one.module, prober: { ...one.module.prober, load } };
  return {
    load,
    checks: [
      { ...one, module },
      { ...makeCheck('two', takes(0)), module },
    ],
  };
}

test('a prober loads once with the first configuration that has a check of it', () => {
  const { load, checks } = loading();
  createEngine(makeConfig(checks), SILENT_LISTENER);
  expect(load).toHaveBeenCalledOnce();
});

test('a prober loads with a later configuration before its checks run', async () => {
  const { load, checks } = loading();
  const engine = createEngine(makeConfig([makeCheck('other', takes(0))]), SILENT_LISTENER);
  expect(load).not.toHaveBeenCalled();
  engine.configure(makeConfig(checks));
  expect(load).toHaveBeenCalledOnce();
});
