import { expect, test } from 'vitest';
import { type CpuProfile, shareOf } from './measure/profile.ts';

const frame = (functionName: string, url = '') => ({ functionName, url });

/** The loop calls the writer, which calls a built-in function; beside it a prober. */
const NODES: CpuProfile['nodes'] = [
  { id: 1, callFrame: frame('(root)'), children: [2, 3, 4, 6] },
  { id: 2, callFrame: frame('(idle)') },
  { id: 3, callFrame: frame('(garbage collector)') },
  { id: 4, callFrame: frame('write', 'file:///src/metrics/exposition.ts'), children: [5] },
  { id: 5, callFrame: frame('join') },
  { id: 6, callFrame: frame('probe', 'file:///src/probers/http.ts') },
];

const share = (samples: readonly number[], timeDeltas: readonly number[]) =>
  shareOf({ nodes: NODES, samples, timeDeltas }, (url) => url.includes('/metrics/'));

test('what is called from a file belongs to it', () => {
  expect(share([4, 5, 6, 6], [10, 20, 30, 40])).toBeCloseTo(0.3);
});

test('idle time is nobody’s', () => {
  expect(share([4, 2, 6], [10, 1000, 10])).toBeCloseTo(0.5);
});

test('garbage is collected for whoever ran before', () => {
  expect(share([4, 3, 2, 3, 6, 3], [10, 10, 1000, 10, 10, 20])).toBeCloseTo(0.5);
});

test('a thread that was never busy spent nothing', () => {
  expect(share([2, 2], [10, 10])).toBe(0);
});
