import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../house/source-files.ts';
import { anchorsOf, codeSpansOf, linksOf, readPage, readPages } from '../support/markdown.ts';

const pages = readPages(ROOT);
/** What docs/adding-a-prober.md has its readers write. */
const WRITTEN_BY_READERS = ['src/probers/redis.ts', 'test/probers/redis.test.ts'];

describe.each(pages)('$path', (page) => {
  const local = linksOf(page).filter(({ target }) => !/^(?:https?|mailto):/.test(target));

  test('has no link to a file, a heading or an image that is not there', () => {
    const dead = local.filter(({ target }) => !leadsSomewhere(page.path, target));
    expect(dead.map(({ target }) => target)).toEqual([]);
  });

  test('says of each image what it shows', () => {
    const silent = linksOf(page).filter(({ isImage, text }) => isImage && text === '');
    expect(silent).toEqual([]);
  });

  test('begins with its title and what it is for', () => {
    expect(page.text).toMatch(/^# [^\n]+\n\n(?![#|<-]|```)\S/);
  });

  test('names files of the project that are there', () => {
    const named = codeSpansOf(page).filter((code) => /^(?:src|test|tools)\/[\w./-]+$/.test(code));
    const missing = named.filter((path) => !existsSync(join(ROOT, path)));
    expect(missing.filter((path) => !WRITTEN_BY_READERS.includes(path))).toEqual([]);
  });
});

test('docs/README.md leads to every page of docs/', () => {
  const listed = linksOf(readPage(ROOT, 'docs/README.md')).map(({ target }) => `docs/${target}`);
  const others = pages.filter(({ path }) => path.startsWith('docs/') && path !== 'docs/README.md');
  expect(others.map(({ path }) => path).filter((path) => !listed.includes(path))).toEqual([]);
});

test('the threat model names its tests', () => {
  const named = codeSpansOf(readPage(ROOT, 'docs/threat-model.md'));
  expect(named.filter((code) => /^test\/.+\.ts$/.test(code)).length).toBeGreaterThan(20);
});

function leadsSomewhere(from: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? from : join(dirname(from), file);
  if (!existsSync(join(ROOT, path))) return false;
  return anchor === undefined || anchorsOf(readPage(ROOT, path)).includes(anchor);
}
