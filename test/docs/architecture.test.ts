import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LAYERS } from '../house/layers.ts';
import { ROOT, readSourceFiles } from '../house/source-files.ts';
import { blocksOf, codeSpansOf, readPage } from '../support/markdown.ts';

const page = readPage(ROOT, 'docs/architecture.md');

/** A word of the picture, and where it stands. */
interface Word {
  readonly path: string;
  readonly row: number;
}

describe('docs/architecture.md', () => {
  test('draws the layers as the rule for imports has them, from the top down', () => {
    const [picture] = blocksOf(page);
    const words = (picture?.text ?? '').split('\n').flatMap(placesIn);
    const rows = Map.groupBy(words, ({ row }) => row);
    const drawn = [...rows.values()].map((row) => row.map(({ path }) => path));
    expect(drawn).toEqual(LAYERS);
  });

  test('says of each place in src/ what it is for', () => {
    const there = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).map((entry) =>
      entry.isDirectory() ? `src/${entry.name}/` : `src/${entry.name}`,
    );
    const described = [...page.text.matchAll(/^\| `(?<place>src\/[^`]+)` \| [a-z]/gm)].map(
      ({ groups }) => groups?.place ?? '',
    );
    expect(described.sort()).toEqual(there.sort());
  });

  test('leads a scrape from file to file that there is, each reached by imports', () => {
    const files = new Map(readSourceFiles().map((file) => [file.path, file]));
    const way = filesOf('The way of one scrape');
    expect(way.length).toBeGreaterThan(20);
    expect(way.filter((path) => !files.has(path))).toEqual([]);

    const reached = new Set(['src/main.ts']);
    for (const path of reached) {
      for (const next of files.get(path)?.imports ?? []) reached.add(next);
    }
    expect(way.filter((path) => !reached.has(path))).toEqual([]);
  });

  test('knows every folder of test/ that holds tests of more than one place', () => {
    const mirrored = readdirSync(join(ROOT, 'src'));
    const folders = readdirSync(join(ROOT, 'test'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !mirrored.includes(entry.name))
      .map(({ name }) => name)
      .filter((name) => !NAMED_BY_THEIR_PARENT.includes(name));
    const named = codeSpansOf(page).flatMap(
      (code) => /^test\/(?<name>[a-z0-9-]+)\/$/.exec(code)?.groups?.name ?? [],
    );
    expect(folders.filter((name) => !named.includes(name))).toEqual([]);
    expect(named.filter((name) => !existsSync(join(ROOT, 'test', name)))).toEqual([]);
  });
});

/** These go with a place of `src/`: the probe policy and the web configuration are its parts. */
const NAMED_BY_THEIR_PARENT = ['policy', 'web-config'];

/** What a line of the picture shows: `engine/   metrics/   history/`. What explains it comes after it. */
function placesIn(line: string, row: number): Word[] {
  return [...line.matchAll(/(?:^|\s)(?<name>[a-z]+\.ts|[a-z]+\/)(?=\s)/g)].map(({ groups }) => ({
    path: `src/${groups?.name?.replace(/\/$/, '')}`,
    row,
  }));
}

/** The files that one section names, in its order. */
function filesOf(heading: string): string[] {
  const section = page.text.split(/^## /m).find((text) => text.startsWith(heading)) ?? '';
  const spans = codeSpansOf({ path: page.path, text: section });
  return spans.filter((code) => /^src\/.+\.ts$/.test(code));
}
