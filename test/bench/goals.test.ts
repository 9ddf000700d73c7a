import { describe, expect, test } from 'vitest';
import { type Goal, judge, renderVerdicts } from './goals.ts';
import type { CaseResult, Figures } from './results.ts';

const half: Goal = {
  says: 'half of its CPU',
  limit: 0.5,
  figure: { in: 'http', who: 'exporter', measure: 'cpuMs' },
  over: { in: 'http', who: 'blackbox', measure: 'cpuMs' },
};
const soon: Goal = {
  says: 'soon, ms',
  limit: 500,
  figure: { in: 'startup', who: 'exporter', measure: 'firstScrapeMs' },
};

const cpu = (...values: number[]): { rounds: Figures[] } => ({
  rounds: values.map((cpuMs) => ({ cpuMs })),
});
const http = (contenders: CaseResult['contenders']): CaseResult => ({
  name: 'http',
  kind: 'probes',
  contenders,
});

describe('a goal', () => {
  test('is met where the medians are in the ratio that is allowed', () => {
    const results = [http({ exporter: cpu(1, 2, 9), blackbox: cpu(4, 3, 8) })];
    expect(judge([half], results)).toEqual([
      { goal: 'half of its CPU', limit: 0.5, verdict: 'met', figure: 0.5 },
    ]);
  });

  test('is not met where it is missed by a little', () => {
    const results = [http({ exporter: cpu(2.01), blackbox: cpu(4) })];
    expect(judge([half], results)).toMatchObject([{ verdict: 'NOT met', figure: 0.5025 }]);
  });

  test('without a divisor is held against the figure itself', () => {
    const startup = (firstScrapeMs: number): CaseResult => ({
      name: 'startup',
      kind: 'startup',
      contenders: { exporter: { rounds: [{ firstScrapeMs }] } },
    });
    expect(judge([soon], [startup(500)])).toMatchObject([{ verdict: 'met', figure: 500 }]);
    expect(judge([soon], [startup(501)])).toMatchObject([{ verdict: 'NOT met', figure: 501 }]);
  });

  test.each<[string, CaseResult[], string]>([
    [
      'whose case failed',
      [{ ...http({ exporter: cpu(1), blackbox: cpu(4) }), failed: 'no' }],
      'the case http failed',
    ],
    [
      'without blackbox_exporter',
      [http({ exporter: cpu(1), blackbox: { notMeasured: 'it is not installed' } })],
      'it is not installed',
    ],
    [
      'of which nothing was measured',
      [http({ exporter: { rounds: [{}] }, blackbox: cpu(4) })],
      'http has no cpuMs of healthcheck-exporter',
    ],
  ])('%s is not measured, and says so', (_title, results, why) => {
    expect(judge([half], results)).toEqual([
      { goal: 'half of its CPU', limit: 0.5, verdict: 'not measured', why },
    ]);
  });

  test('that something never happens is not met where it happened once', () => {
    const never: Goal = {
      says: 'late answers',
      limit: 0,
      figure: { in: 'http', who: 'exporter', measure: 'lateAnswers' },
    };
    const late = (...values: number[]) =>
      http({ exporter: { rounds: values.map((lateAnswers) => ({ lateAnswers })) } });
    expect(judge([never], [late(0, 0, 0)])).toMatchObject([{ verdict: 'met', figure: 0 }]);
    expect(judge([never], [late(0, 1, 0)])).toMatchObject([{ verdict: 'NOT met', figure: 1 }]);
  });

  test('whose case was not run is not judged', () => {
    expect(judge([half], [])).toEqual([
      { goal: 'half of its CPU', limit: 0.5, verdict: 'not run', why: 'the case http' },
    ]);
  });

  test('that divides nothing by nothing is not met', () => {
    const results = [http({ exporter: cpu(0), blackbox: cpu(0) })];
    expect(judge([half], results)).toMatchObject([{ verdict: 'NOT met' }]);
  });
});

test('the verdicts stand under each other, with figure and limit', () => {
  expect(
    renderVerdicts([
      { goal: 'half of its CPU', limit: 0.5, verdict: 'NOT met', figure: 0.50249 },
      { goal: 'soon, ms', limit: 500, verdict: 'not measured', why: 'the case failed' },
      { goal: 'later', limit: 1, verdict: 'not run', why: 'the case later' },
    ]),
  ).toBe(
    'NOT met       half of its CPU  0.502, limit 0.5\n' +
      'not measured  soon, ms         the case failed\n' +
      'Not judged: 1 of 3, whose cases were not run.\n',
  );
});
