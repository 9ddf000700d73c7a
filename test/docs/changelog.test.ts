import { expect, test } from 'vitest';
import { ROOT } from '../house/source-files.ts';
import { readPage } from '../support/markdown.ts';

/** As the page itself says: what breaks something comes first. */
const TAGS = ['CHANGE', 'FEATURE', 'ENHANCEMENT', 'BUGFIX'];

const releases = readPage(ROOT, 'CHANGELOG.md')
  .text.split(/^## /m)
  .slice(1)
  .map((text) => ({ name: text.split('\n')[0] ?? '', entries: text.split(/^- /m).slice(1) }));

test.each(releases)('$name: every entry has a tag, and breaking ones come first', ({ entries }) => {
  const tags = entries.map((entry) => /^\[(?<tag>[A-Z]+)\] \S/.exec(entry)?.groups?.tag ?? entry);
  expect(tags.length).toBeGreaterThan(0);
  expect(tags).toEqual(TAGS.flatMap((tag) => tags.filter((one) => one === tag)));
});
