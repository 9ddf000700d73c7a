import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { FlagProblem } from '../support/command-line.ts';
import { readFlags, USAGE } from './flags.ts';
import { type Registered, readScenarios } from './registry.ts';
import { renderList } from './report.ts';

let all: Registered[];
beforeAll(async () => {
  all = await readScenarios(join(import.meta.dirname, 'fixtures'));
});

const namesOf = ({ chosen }: { chosen: readonly Registered[] }) =>
  chosen.map(({ scenario }) => scenario.name);

test('without flags everything is run whole, in the order of the proofs', () => {
  const flags = readFlags([], all);
  expect(namesOf(flags)).toEqual(['holds', 'breaks', 'exits', 'hangs']);
  expect(flags).toMatchObject({ scale: 1, json: undefined, list: false });
});

test('names choose', () => {
  expect(namesOf(readFlags(['hangs', 'breaks'], all))).toEqual(['breaks', 'hangs']);
});

test.each([
  ['--scale=0.01', 0.01],
  ['--scale=10', 10],
  ['--scale=.5', 0.5],
])('%s runs such a part', (flag, scale) => {
  expect(readFlags([flag, 'holds'], all).scale).toBe(scale);
});

describe('what cannot be meant is named, with what was expected', () => {
  const NUMBER = '--scale: expected a number above 0 and up to 100, got ';
  test.each([
    ['--scale=0', `${NUMBER}"0"`],
    ['--scale=-1', `${NUMBER}"-1"`],
    ['--scale=1e9', `${NUMBER}"1e9"`],
    ['--scale=101', `${NUMBER}"101"`],
    ['--scale=', `${NUMBER}""`],
    ['--rounds=3', /^Unknown option '--rounds'.*; --help shows the flags$/],
    ['hold', 'no scenario is called "hold"; there are holds, breaks, exits, hangs'],
  ])('%s', (flag, message) => {
    expect(() => readFlags([flag], all)).toThrow(FlagProblem);
    expect(() => readFlags([flag], all)).toThrow(message);
  });
});

test('the list has name, proofs and title of each', () => {
  expect(renderList(all).split('\n')[0]).toBe('holds   proof 7, 3  it holds');
  expect(USAGE).toContain('--list');
});
