import { expect, test } from 'vitest';
import { isReservedPath } from '../../src/web/reserved-paths.ts';
import { readSourceFiles } from '../house/source-files.ts';

const ROUTE = /\.(?:route|all|get|post|use)\(\s*\[?'(?<path>\/[^']+)'/g;

test('no route can be hidden by the metrics', () => {
  const paths = readSourceFiles('src/web').flatMap(({ text }) =>
    [...text.matchAll(ROUTE)].map(({ groups }) => groups?.path ?? ''),
  );
  expect(paths).toEqual(expect.arrayContaining(['/probe', '/sd', '/-/healthy', '/logs']));
  expect(paths.filter((path) => !isReservedPath(path))).toEqual([]);
});

test.each(['/metrics', '/', '/probes', '/health/probe', '/-metrics', '/apis', '/configuration'])(
  'the metrics may stand at %s',
  (path) => {
    expect(isReservedPath(path)).toBe(false);
  },
);
