import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { ROOT } from './source-files.ts';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

test.each(documents)('the links of %s lead somewhere', (path) => {
  const links = [...read(path).matchAll(/\]\((?<link>[^)#\s]+)(?:#[^)]*)?\)/g)].map(
    ({ groups }) => groups?.link ?? '',
  );
  const local = links.filter((link) => !/^https?:/.test(link));
  expect(local.filter((link) => !existsSync(join(ROOT, dirname(path), link)))).toEqual([]);
});

test('the tests that the threat model names are there', () => {
  const named = [...read('docs/threat-model.md').matchAll(/`(?<path>test\/[^`]+\.ts)`/g)].map(
    ({ groups }) => groups?.path ?? '',
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

describe('README', () => {
  const readme = read('README.md');
  const blocks = [...readme.matchAll(/```yaml\n(?<yaml>.*?)```/gs)].map(
    ({ groups }) => groups?.yaml ?? '',
  );

  test('shows a configuration that loads', () => {
    const [configuration = ''] = blocks.filter((block) => block.startsWith('checks:'));
    expect(parseConfig({ file: 'README.md', text: configuration }).checks).toHaveLength(7);
  });

  test('names scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = [...readme.matchAll(/npm (?:run )?(?<script>start|test|[a-z]+)(?= |`|\n)/g)]
      .map(({ groups }) => groups?.script ?? '')
      .filter((script) => script !== 'ci');
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((script) => !(script in scripts) && !isProse(script))).toEqual([]);
  });
});

/** "npm warns that …", "npm and nothing else". */
function isProse(word: string): boolean {
  return ['warns', 'and'].includes(word);
}
