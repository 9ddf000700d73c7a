import { describe, expect, test } from 'vitest';
import { FlagProblem } from '../support/command-line.ts';
import { type Flags, readFlags } from './flags.ts';
import { GOALS } from './goals.ts';

const names = ({ cases }: Flags) => cases.map(({ name }) => name);

describe('without flags', () => {
  test('five rounds are run and judged', () => {
    expect(readFlags([])).toMatchObject({ rounds: 5, smoke: false, list: false, json: undefined });
  });

  test('HTTP is measured in every size, the others with 1,000 checks', () => {
    const all = names(readFlags([]));
    expect(all.filter((name) => name.startsWith('http-'))).toHaveLength(12);
    expect(all.filter((name) => name.startsWith('dns-'))).toEqual(['dns-1000-50', 'dns-1000-200']);
  });

  test('there is a case for every goal', () => {
    const all = names(readFlags([]));
    const needed = GOALS.flatMap(({ figure, over }) => [figure, ...(over ? [over] : [])]);
    expect(needed.map((wanted) => wanted.in).filter((name) => !all.includes(name))).toEqual([]);
  });
});

describe('flags', () => {
  test('--all measures every protocol in every size', () => {
    const all = names(readFlags(['--all']));
    expect(all.filter((name) => name.startsWith('tcp-'))).toHaveLength(12);
  });

  test('--case means one case or those whose names begin so', () => {
    expect(names(readFlags(['--case=growth', '--case=http-1000']))).toEqual([
      'http-1000-10',
      'http-1000-50',
      'http-1000-200',
      'growth',
    ]);
  });

  test('--checks and --in-flight replace the numbers of the cases', () => {
    const flags = readFlags(['--checks=7', '--in-flight=3', '--case=http', '--case=hanging']);
    expect(flags.cases).toMatchObject([
      { name: 'http-7-3', checks: 7, inFlight: 3 },
      { name: 'hanging', ofEach: 7, inFlight: 3 },
    ]);
  });

  test('--smoke has one round of every kind and protocol', () => {
    const { rounds, cases } = readFlags(['--smoke']);
    const kinds = new Set(cases.map(({ kind }) => kind));
    expect(rounds).toBe(1);
    expect([...kinds].sort()).toEqual(['delayed', 'growth', 'hanging', 'probes', 'startup']);
    expect(cases.flatMap((one) => ('protocol' in one ? one.protocol : []))).toEqual(
      expect.arrayContaining(['http', 'https', 'tcp', 'dns']),
    );
  });
});

describe('a flag that cannot be meant is named, with what was expected', () => {
  test.each([
    ['--rounds=0', '--rounds: expected a whole number from 1 to 1000, got "0"'],
    ['--rounds=1e3', '--rounds: expected a whole number from 1 to 1000, got "1e3"'],
    ['--checks=-1', '--checks: expected a whole number from 1 to 100000, got "-1"'],
    ['--checks=1000000', '--checks: expected a whole number from 1 to 100000, got "1000000"'],
    ['--in-flight=', '--in-flight: expected a whole number from 1 to 10000, got ""'],
    ['--round=3', "Unknown option '--round'; --help shows the flags"],
    ['more', /^Unexpected argument 'more'.*; --help shows the flags$/],
  ])('%s', (flag, message) => {
    expect(() => readFlags([flag])).toThrow(FlagProblem);
    expect(() => readFlags([flag])).toThrow(message);
  });

  test('--case without a case of that name lists what there is', () => {
    expect(() => readFlags(['--smoke', '--case=htt'])).toThrow(
      '--case=htt: no case is called so; there are startup, http-20-10, https-20-10, tcp-20-10, ' +
        'dns-20-10, fifty-ms, hanging, growth',
    );
  });
});
