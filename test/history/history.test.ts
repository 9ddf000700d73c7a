import { describe, expect, test } from 'vitest';
import type { Check } from '../../src/config/check.ts';
import { createHistory, type Executed } from '../../src/history/history.ts';
import { makeCheck, takes } from '../support/checks.ts';

const CHECK = makeCheck('a check', takes(0));

describe('the history', () => {
  test('keeps the newest of /probe, as many as the limit says', () => {
    const history = createHistory(2);
    for (const target of ['a', 'b', 'c']) history.add(probed(target, true));
    expect(history.probes().map(({ target }) => target)).toEqual(['c', 'b']);
    expect(history.get(1)).toBeUndefined();
    expect(history.get(3)?.target).toBe('c');
  });

  test('keeps failures longer, once more as many', () => {
    const history = createHistory(2);
    for (const target of ['f1', 'f2', 'f3']) history.add(probed(target, false));
    for (let index = 0; index < 10; index++) history.add(probed('ok', true));
    expect(history.probes().map(({ target }) => target)).toEqual(['ok', 'ok', 'f3', 'f2']);
  });

  test('finds the newest of a target, and of a target and a module', () => {
    const history = createHistory(10);
    history.add(probed('a', true, 'm1'));
    history.add(probed('a', false, 'm2'));
    history.add(probed('b', true, 'm1'));
    expect(history.find({ target: 'a' })?.module.name).toBe('m2');
    expect(history.find({ target: 'a', module: 'm1' })?.id).toBe(1);
    expect(history.find({ target: 'a', module: 'm3' })).toBeUndefined();
    expect(history.find({ target: 'c' })).toBeUndefined();
  });

  test('keeps of each check its last run and its last failure, whatever the others do', () => {
    const history = createHistory(1);
    const noisy = { ...makeCheck('noisy', takes(0)), identity: 'noisy' };
    history.add(checked(CHECK, false));
    for (let index = 0; index < 50; index++) history.add(checked(noisy, false));
    history.add(checked(CHECK, true));
    const kept = Array.from({ length: 60 }, (_, id) => history.get(id) ?? []).flat();
    expect(kept.map(({ check, outcome }) => [check?.name, outcome.success])).toEqual([
      ['a check', false],
      ['noisy', false],
      ['a check', true],
    ]);
    expect(history.probes()).toEqual([]);
    expect(history.find({ check: 'a check' })?.outcome.success).toBe(true);
  });

  test('forgets checks that are no longer configured', () => {
    const history = createHistory(1);
    history.add(checked(CHECK, true));
    history.retain([CHECK]);
    expect(history.last(CHECK)?.id).toBe(1);
    expect(history.get(1)?.id).toBe(1);
    history.retain([]);
    expect(history.last(CHECK)).toBeUndefined();
    expect(history.get(1)).toBeUndefined();
  });

  test('with a limit of 0 keeps nothing of /probe', () => {
    const history = createHistory(0);
    history.add(probed('a', true));
    history.add(probed('a', false));
    expect(history.probes()).toEqual([]);
  });
});

function probed(target: string, success: boolean, module = 'm'): Executed {
  return {
    module: { ...CHECK.module, name: module },
    target,
    check: undefined,
    outcome: {
      success,
      failure: success ? undefined : { reason: 'state', message: 'no' },
      startedAt: 0,
      durationSeconds: 0,
      timeoutSeconds: 1,
      samples: [],
      log: [],
    },
  };
}

function checked(check: Check, success: boolean): Executed {
  return { ...probed('', success), check };
}
