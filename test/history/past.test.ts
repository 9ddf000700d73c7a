import { describe, expect, test } from 'vitest';
import { createPasts, MAX_RECENT_RUNS } from '../../src/history/past.ts';
import type { ProbeOutcome } from '../../src/probers/contract.ts';
import { REASONS, type Reason } from '../../src/probers/failure.ts';
import { makeCheck, takes } from '../support/checks.ts';

const CHECK = makeCheck('a check', takes(0));

describe('the past of a check', () => {
  test('is nothing before its first run', () => {
    expect(createPasts().of(CHECK)).toBeUndefined();
  });

  test('holds its runs as they were, the oldest first', () => {
    const pasts = createPasts();
    pasts.add(CHECK, outcome(1_763_880_000.123, { durationSeconds: 0.000_213_4 }));
    pasts.add(CHECK, outcome(1_763_880_060.5, { durationSeconds: 5, reason: 'timeout' }));
    expect(pasts.of(CHECK)?.recent()).toEqual([
      { startedAt: 1_763_880_000.123, durationSeconds: 0.000_213_4, reason: undefined },
      { startedAt: 1_763_880_060.5, durationSeconds: 5, reason: 'timeout' },
    ]);
  });

  test('tells every reason from every other', () => {
    const pasts = createPasts();
    for (const reason of REASONS) pasts.add(CHECK, outcome(0, { reason }));
    expect(reasonsOf(pasts.of(CHECK)?.recent())).toEqual(REASONS);
  });

  test('counts all runs, and keeps the newest', () => {
    const pasts = createPasts();
    for (let run = 0; run < 2.5 * MAX_RECENT_RUNS; run++) {
      pasts.add(CHECK, outcome(run, run % 3 === 0 ? { reason: 'status' } : {}));
    }
    const past = pasts.of(CHECK);
    expect(past).toMatchObject({ runs: 150, failures: 50 });
    expect(past?.recent().map(({ startedAt }) => startedAt)).toEqual(
      Array.from({ length: MAX_RECENT_RUNS }, (_, index) => 90 + index),
    );
  });

  test('as it was when somebody asked knows nothing of later runs', () => {
    const pasts = createPasts();
    for (let run = 0; run < MAX_RECENT_RUNS; run++) pasts.add(CHECK, outcome(run));
    const before = pasts.of(CHECK);
    pasts.add(CHECK, outcome(MAX_RECENT_RUNS, { reason: 'status' }));
    expect(before).toMatchObject({ runs: MAX_RECENT_RUNS, failures: 0, since: 0 });
    expect(before?.recent().map(({ startedAt }) => startedAt)).toEqual(
      Array.from({ length: MAX_RECENT_RUNS - 1 }, (_, index) => 1 + index),
    );
  });

  test('tells since when the verdict stands, whatever the reasons were', () => {
    const pasts = createPasts();
    const sinceAfter = (startedAt: number, reason?: Reason) => {
      pasts.add(CHECK, outcome(startedAt, { reason }));
      return pasts.of(CHECK)?.since;
    };
    expect(sinceAfter(10)).toBe(10);
    expect(sinceAfter(20)).toBe(10);
    expect(sinceAfter(30, 'status')).toBe(30);
    expect(sinceAfter(40, 'timeout')).toBe(30);
    expect(sinceAfter(50)).toBe(50);
  });

  test('lives on where a check with the same identity is configured again, and ends with it', () => {
    const pasts = createPasts();
    pasts.add(CHECK, outcome(10));
    pasts.retain([{ ...CHECK, timeoutSeconds: 1 }]);
    expect(pasts.of({ ...CHECK, timeoutSeconds: 1 })?.runs).toBe(1);
    pasts.retain([{ ...CHECK, identity: 'another' }]);
    expect(pasts.of(CHECK)).toBeUndefined();
  });
});

function reasonsOf(runs: readonly { reason: Reason | undefined }[] = []) {
  return runs.map(({ reason }) => reason);
}

function outcome(
  startedAt: number,
  { durationSeconds = 0.1, reason }: { durationSeconds?: number; reason?: Reason | undefined } = {},
): ProbeOutcome {
  return {
    success: reason === undefined,
    failure: reason && { reason, message: 'no' },
    startedAt,
    durationSeconds,
    timeoutSeconds: 5,
    samples: [],
    log: [],
  };
}
