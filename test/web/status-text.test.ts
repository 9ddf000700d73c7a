import { expect, test } from 'vitest';
import { plotRuns } from '../../src/web/status/page/plot.ts';
import { timeElement, writeAge } from '../../src/web/status/page/time.ts';

const run = (durationSeconds: number, reason?: 'refused') => ({ durationSeconds, reason });
const titleOf = (plot: unknown) => /<title>(?<title>.*)<\/title>/.exec(String(plot))?.groups?.title;

test.each([
  [-5, '0 s'],
  [0.9, '0 s'],
  [59.9, '59 s'],
  [60, '1 min'],
  [3599, '59 min'],
  [3600, '1 h'],
  [7500, '2 h 5 min'],
  [86_400, '1 d'],
  [93_599, '1 d 1 h'],
  [400 * 86_400, '400 d'],
])('%d seconds have lasted %s', (seconds, text) => {
  expect(writeAge(seconds)).toBe(text);
});

test('a time of today has no day', () => {
  const [today, yesterday] = ['2026-01-02T03:04:05.678Z', '2026-01-01T23:59:59.000Z'];
  expect(String(timeElement(today, today))).toBe(`<time datetime="${today}">03:04:05</time>`);
  expect(String(timeElement(yesterday, today))).toContain('>2026-01-01 23:59</time>');
});

test.each([
  [[run(0.01)], 'last run: took 10ms'],
  [[run(0, 'refused')], 'last run: failed'],
  [
    [run(0.01), run(0, 'refused'), run(0.2)],
    'last 3 runs: 1 failed, the others took 10ms to 200ms',
  ],
  [[run(0, 'refused'), run(0, 'refused')], 'last 2 runs: 2 failed'],
  [Array(100).fill(run(0)), 'last 60 runs: took 0ms'],
])('a plot says in words what it shows: %#', (runs, words) => {
  expect(titleOf(plotRuns(runs))).toBe(words);
});

test('a plot has a bar for each success, the slowest as high as it is, and a cross for each failure', () => {
  const [bars, crosses] = [
    ...String(plotRuns([run(0.5), run(9, 'refused'), run(1), run(0)])).matchAll(
      / d="(?<d>[^"]*)"/g,
    ),
  ].map(({ groups }) => groups?.d);
  expect(bars).toBe('M226 24v-13M234 24v-24M238 24v-2');
  expect(crosses).toBe('M228 9l4 6m0-6l-4 6');
});
