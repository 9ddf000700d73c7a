import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DIFFERENCES } from '../differential/support/differences.ts';
import { REFUSED_HERE } from '../differential/support/refused-here.ts';
import { ROOT } from './source-files.ts';

const page = readFileSync(join(ROOT, 'docs/blackbox-differences.md'), 'utf8');

test('docs/blackbox-differences.md has the rows that the comparison accepts, and no others', () => {
  const rows = [...page.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, id]) => id);
  const accepted = [...DIFFERENCES.map(({ id }) => id), ...REFUSED_HERE.map(([id]) => id)];
  expect([...new Set(rows)].sort()).toEqual([...new Set(accepted)].sort());
});

test('the tests that it names exist', () => {
  const named = [...page.matchAll(/\| `([^`]+)` \|$/gm)].map(([, title]) => title ?? '');
  expect(named.length).toBeGreaterThan(10);
  const tests = testFiles(join(ROOT, 'test'))
    .map(({ path, text }) => `${path}\n${text}`)
    .join('\n');
  expect(named.filter((title) => !tests.includes(title))).toEqual([]);
});

function testFiles(folder: string): { path: string; text: string }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:ts|yml)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, text: path.endsWith('.ts') ? readFileSync(path, 'utf8') : '' }));
}
