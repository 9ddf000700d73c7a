import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from './source-files.ts';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe('docs/dependencies.md', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
    'dependencies' | 'devDependencies',
    Record<string, string>
  >;
  const [running = '', developing = ''] = read('docs/dependencies.md').split('## Development only');

  test('has a row for each runtime dependency and no other', () => {
    const rows = [...running.matchAll(/^\| `(?<name>[^`]+)`/gm)].map(({ groups }) => groups?.name);

    expect(rows).toEqual(Object.keys(dependencies).sort());
  });

  test('says what each of the others is for', () => {
    const rows = developing.split('\n').filter((line) => line.startsWith('| `'));
    const others = Object.keys(devDependencies).filter((name) => !name.startsWith('@types/'));

    expect(others.filter((name) => !rows.some((row) => row.includes(`\`${name}\``)))).toEqual([]);
  });
});
