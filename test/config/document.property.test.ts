import { CORE_SCHEMA, dump, load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { parseDocument, type YamlDocument } from '../../src/config/document.ts';
import { fc, runs } from '../support/property.ts';

type Tree = null | boolean | number | string | Tree[] | { [key: string]: Tree };

const scalar = fc.oneof(
  fc.constantFrom<Tree>(
    null,
    true,
    false,
    '',
    '~',
    'yes',
    '0x1f',
    '<<',
    '- a',
    'a: b',
    '#',
    '"',
    "'",
    '😀',
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ maxLength: 20 }),
);
const key = fc
  .oneof(
    fc.constantFrom('name', 'a b', '1', '', '__proto__', 'constructor', '- x', '{', '😀'),
    fc.string({ minLength: 1, maxLength: 8 }),
  )
  .filter((name) => name !== '<<');
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const style = fc.record({
  indent: fc.integer({ min: 2, max: 6 }),
  flowLevel: fc.constantFrom(-1, 0, 1, 2),
  lineWidth: fc.constantFrom(-1, 20, 80),
  noRefs: fc.constant(true),
});

describe('for any document', () => {
  test('the value is what was written', () => {
    fc.assert(
      fc.property(tree, style, (value, options) => {
        expect(documentOf(dump(value, options)).value).toEqual(value);
      }),
      { numRuns: runs(500) },
    );
  });

  test('the position of a value leads to text that means the value', () => {
    fc.assert(
      fc.property(tree, style, (value, options) => {
        const text = dump(value, options);
        const document = documentOf(text);
        for (const { path, node } of nodes(value)) {
          expect(meaningsAt(text, document.offsetOf(path))).toContainEqual(node);
        }
      }),
    );
  });

  test('the position of a key leads to text that means the key', () => {
    fc.assert(
      fc.property(tree, style, (value, options) => {
        const text = dump(value, options);
        const document = documentOf(text);
        const named = nodes(value).filter(({ path }) => typeof path.at(-1) === 'string');
        for (const { path } of named) {
          const meanings = meaningsAt(text, document.offsetOf(path, 'key')).map((meaning) =>
            typeof meaning === 'object' ? '' : String(meaning),
          );
          expect(meanings).toContain(path.at(-1));
        }
      }),
    );
  });

  test('no two values that hold nothing else have the same position', () => {
    fc.assert(
      fc.property(tree, style, (value, options) => {
        const document = documentOf(dump(value, options));
        const leaves = nodes(value).filter(({ node }) => typeof node !== 'object' || node === null);
        const offsets = leaves.map(({ path }) => document.offsetOf(path));
        expect(new Set(offsets).size).toBe(offsets.length);
      }),
    );
  });
});

describe('a place that is not there', () => {
  const document = documentOf('checks:\n  - name: a\n    labels: &l {x: y}\n  - labels: *l\n');

  test.each<[path: PropertyKey[], offset: number]>([
    [['checks', 0, 'target'], 12],
    [['checks', 5], 10],
    [['modules'], 0],
    [['checks', 1, 'labels', 'x'], 54],
    [[], 0],
  ])('%j is shown at the nearest one above', (path, offset) => {
    expect(document.offsetOf(path)).toBe(offset);
  });
});

describe('a value', () => {
  test.each([
    ['with an anchor', 'a: &x 1', 3],
    ['with a tag', 'a: !!str 1', 3],
    ['with a tag and an anchor', 'a: &x !!str 1', 3],
    ['that is an alias', 'b: &x 1\na: *x', 11],
    ['in quotes', 'a: "1"', 3],
    ['in a block', 'a: |\n  text', 3],
    ['left empty', 'a:', 0],
    ['below comments', 'a:\n  # why\n  - b', 13],
  ])('%s has its place', (_, text, offset) => {
    expect(documentOf(text).offsetOf(['a'])).toBe(offset);
  });
});

test('an entry of a list has its own place where its key is asked for', () => {
  const document = documentOf('a: [x, y, {b: z}]');
  expect([0, 1, 2].map((index) => document.offsetOf(['a', index], 'key'))).toEqual([4, 7, 10]);
});

function documentOf(text: string): YamlDocument {
  const { document, problems } = parseDocument(text);
  if (!document) throw new Error(`${JSON.stringify(text)}: ${problems[0]?.message}`);
  return document;
}

interface Node {
  readonly path: readonly PropertyKey[];
  readonly node: Tree;
}

function nodes(node: Tree, path: readonly PropertyKey[] = []): Node[] {
  if (typeof node !== 'object' || node === null) return [{ path, node }];
  const children: [PropertyKey, Tree][] = Array.isArray(node)
    ? node.map((child, index) => [index, child])
    : Object.entries(node);
  return [{ path, node }, ...children.flatMap(([key, child]) => nodes(child, [...path, key]))];
}

/** What the text from an offset on can mean, wherever it ends. The column is kept: in a block it matters. */
function meaningsAt(text: string, offset: number): unknown[] {
  const column = offset - (text.lastIndexOf('\n', offset - 1) + 1);
  const rest = text.slice(offset).replace(/^\? /, '  ');
  const ends = [...rest.matchAll(/(?=[\n,:}\]])|\n|$/g)].map(
    ({ index, 0: end }) => index + end.length,
  );
  return ends.flatMap((end) => {
    try {
      return [load(' '.repeat(column) + rest.slice(0, end), { schema: CORE_SCHEMA })];
    } catch {
      return [];
    }
  });
}
