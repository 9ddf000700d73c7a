import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from './source-files.ts';

const SCENARIOS = 'test/torture/scenarios';
const PROMISES = 39;

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const rows = read('docs/reliability.md')
  .split('\n')
  .filter((line) => /^\| \d+ \|/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));
const named = (pattern: RegExp, text: string) =>
  [...text.matchAll(pattern)].map(([, name]) => name ?? '');
const scenariosIn = (text: string) => named(/`torture ([a-z0-9-]+)`/g, text);

describe('docs/reliability.md', () => {
  test('has a row for each promise, in order, each with four cells that say something', () => {
    const numbers = Array.from({ length: PROMISES }, (_, index) => String(index + 1));
    expect(rows.map(([, number]) => number)).toEqual(numbers);
    expect(rows.filter((row) => row.length !== 6 || row.slice(1, 5).includes(''))).toEqual([]);
  });

  test('names files that exist', () => {
    const files = rows.flatMap((row) =>
      named(/`((?:test|src|docs|tools|\.ci)\/[^`]+)`/g, row.join('|')),
    );
    expect(files.length).toBeGreaterThan(30);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  test('names each scenario in the rows that it shows, and no other', () => {
    const shown = rows.flatMap((row) =>
      scenariosIn(row.join('|')).map((name) => `${row[1]} ${name}`),
    );
    expect([...new Set(shown)].sort()).toEqual(scenarios().sort());
  });

  test('leaves nothing open', () => {
    expect(rows.filter((row) => /TODO/.test(row.join('|'))).map(([, number]) => number)).toEqual(
      [],
    );
  });
});

/** As in `3 soak`: a line for each number of each. */
function scenarios(): string[] {
  return readdirSync(join(ROOT, SCENARIOS)).flatMap((file) => {
    const proofs = /\bproof: \[(?<numbers>[\d, ]+)\]/.exec(read(join(SCENARIOS, file)))?.groups;
    const name = file.replace(/\.ts$/, '');
    return (proofs?.numbers ?? 'without a proof').split(', ').map((number) => `${number} ${name}`);
  });
}
