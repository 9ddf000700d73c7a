import { describe, expect, test } from 'vitest';
import {
  countWronglyDown,
  readVerdicts,
  scrapesUntilKnown,
  staleHealthy,
} from './kinds/hanging-verdicts.ts';

test('the hanging are known after as many scrapes as their places need, and one', () => {
  expect(scrapesUntilKnown({ ofEach: 1000, inFlight: 200, scrapeTimeoutSeconds: 10 })).toBe(6);
  expect(scrapesUntilKnown({ ofEach: 1000, inFlight: 300, scrapeTimeoutSeconds: 10 })).toBe(5);
  expect(scrapesUntilKnown({ ofEach: 1000, inFlight: 200, scrapeTimeoutSeconds: 11 })).toBe(4);
  expect(scrapesUntilKnown({ ofEach: 10, inFlight: 10, scrapeTimeoutSeconds: 2 })).toBe(2);
});

/** What a scrape says of one check. */
interface Said {
  readonly success: number;
  readonly age?: number;
  readonly duration?: number;
  readonly reason?: string;
}

const HUNG: Said = { success: 0, duration: 5, reason: 'timeout' };
const REPEATED: Said = { success: 0, age: 12, reason: 'timeout' };

function scrapeOf(checks: Readonly<Record<string, Said>>) {
  const lines = Object.entries(checks).flatMap(
    ([check, { success, age = 0, duration, reason }]) => [
      `probe_success{check="${check}"} ${success}`,
      `probe_result_age_seconds{check="${check}"} ${age}`,
      ...(duration === undefined
        ? []
        : [
            `probe_duration_seconds{check="${check}"} ${duration}`,
            `probe_timeout_seconds{check="${check}"} 5`,
          ]),
      ...(reason ? [`probe_failure_info{check="${check}",reason="${reason}"} 1`] : []),
    ],
  );
  return readVerdicts(lines.join('\n'));
}

describe('called down wrongly is', () => {
  test.each<[string, Said, number]>([
    ['not one that hung as long as it may', HUNG, 0],
    ['one that had less than its timeout', { ...HUNG, duration: 4.5 }, 1],
    ['one that failed for another reason', { ...HUNG, reason: 'internal' }, 1],
    ['one that was skipped and never executed before', REPEATED, 1],
  ])('%s', (_title, said, wrongly) => {
    expect(countWronglyDown(scrapeOf({ 'hanging 0': said }), new Set())).toBe(wrongly);
  });

  test('any of the healthy', () => {
    const verdicts = scrapeOf({ 'healthy 0': HUNG, 'healthy 1': { success: 1, duration: 0.1 } });
    expect(countWronglyDown(verdicts, new Set())).toBe(1);
  });

  test('none that was skipped after it had its time', () => {
    const rightlyDown = new Set<string>();
    countWronglyDown(scrapeOf({ 'hanging 0': HUNG }), rightlyDown);
    expect(countWronglyDown(scrapeOf({ 'hanging 0': REPEATED }), rightlyDown)).toBe(0);
  });
});

test('a healthy check that is absent or old is not fresh', () => {
  const verdicts = scrapeOf({
    'healthy 0': { success: 1, duration: 0.1 },
    'healthy 1': { success: 1, age: 3 },
    'hanging 0': HUNG,
  });
  expect(staleHealthy(verdicts, 3)).toBe(2);
});
