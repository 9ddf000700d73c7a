import { describe, expect, test } from 'vitest';
import { readSourceFiles, type SourceFile } from './source-files.ts';

// From the top down: a layer imports from those below it. Layers in one row are siblings, they do not.
const LAYERS = [
  ['src/main.ts', 'src/index.ts'],
  ['src/cli'],
  ['src/app'],
  ['src/web'],
  ['src/engine', 'src/metrics', 'src/history'],
  ['src/config'],
  ['src/probers'],
  ['src/lib'],
] as const;

/** Who alone may import a package or use a global. */
const OWNERS: Readonly<Record<string, RegExp>> = {
  '@bufbuild/cel': /^src\/probers\/http\/cel(?:-check)?\.ts$/,
  bcryptjs: /^src\/web\/guard\/bcrypt-worker\.ts$/,
  commander: /^src\/cli\//,
  'dbus-native': /^src\/probers\/shared\/systemd-bus\.ts$/,
  express: /^src\/web\//,
  got: /^src\/probers\/http\/oauth2-call\.ts$/,
  'js-yaml': /^src\/config\//,
  leven: /^src\/config\/explain\.ts$/,
  'node:child_process': /^src\/probers\/shared\/child-process\.ts$/,
  'p-limit': /^src\/engine\//,
  'prom-client': /^src\/metrics\/client\.ts$/,
  re2js: /^src\/probers\/shared\/regexp\.ts$/,
  'systeminformation/lib/memory.js': /^src\/probers\/memory\.ts$/,
  ws: /^src\/probers\/websocket\/connection\.ts$/,
  'tough-cookie': /^src\/probers\/http\/cookies\.ts$/,
  zod: /^src\/(?:config\/|probers\/|web\/status\/report-schema\.ts$)/,
};
const GLOBAL_OWNERS: readonly (readonly [string, RegExp, RegExp])[] = [
  // proxy_from_environment says in a module that its proxy stands there.
  ['process.env', /\bprocess\.env\b/, /^src\/app\/environment\.ts$/],
  ['process.exitCode', /\bprocess\.exitCode\b/, /^src\/main\.ts$/],
  ['process.exit()', /\bprocess\.exit\(/, /^$/],
  ['signals', /\bprocess\.(?:on|once)\(/, /^src\/app\/signals\.ts$/],
];

const files = readSourceFiles();
const layerOf = (path: string) =>
  LAYERS.findIndex((row) => row.some((place) => path === place || path.startsWith(`${place}/`)));
const placeOf = (path: string) =>
  LAYERS.flat().find((place) => path === place || path.startsWith(`${place}/`));

describe('the layers', () => {
  test('have a place for every file', () => {
    expect(files.filter(({ path }) => layerOf(path) === -1).map(({ path }) => path)).toEqual([]);
  });

  test('import from below only, siblings not from each other', () => {
    const wrong = files.flatMap(({ path, imports }) =>
      imports.filter((target) => !mayImport(path, target)).map((target) => `${path} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('have no cycles, type imports included', () => {
    expect(findCycle(files)).toBeUndefined();
  });

  test('what stands in the folder of a prober is its own', () => {
    const wrong = files.flatMap(({ path, imports }) =>
      imports
        .filter((target) => {
          const folder = /^src\/probers\/(?!shared\/)(?<name>[a-z]+)\//.exec(target)?.groups?.name;
          return folder !== undefined && !path.startsWith(`src/probers/${folder}`);
        })
        .map((target) => `${path} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('probers know nothing of each other', () => {
    const isProber = (path: string) =>
      /^src\/probers\/(?!contract|failure|index)[a-z-]+\.ts$/.test(path);
    const wrong = files.flatMap(({ path, imports }) =>
      path === 'src/probers/index.ts'
        ? []
        : imports.filter(isProber).map((target) => `${path} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('owners', () => {
  test.each(Object.entries(OWNERS))('%s is imported in its own place only', (name, owner) => {
    const importers = files.filter(({ packages }) =>
      packages.some((used) => used === name || used.startsWith(`${name}/`)),
    );
    expect(importers.length, 'somebody imports it').toBeGreaterThan(0);
    expect(importers.map(({ path }) => path).filter((path) => !owner.test(path))).toEqual([]);
  });

  test('every package has an owner', () => {
    const used = files
      .flatMap(({ packages }) => packages)
      .filter((name) => !name.startsWith('node:'));
    expect([...new Set(used)].filter((name) => !(name in OWNERS))).toEqual([]);
  });

  test('sockets are opened only where the gate of a probe has been asked', () => {
    const opens =
      /import \{[^}]*\b(?:connect|createConnection|createSocket)\b[^}]*\} from 'node:(?:net|dgram)'|new Socket\(/;
    const users = files.filter(({ text }) => opens.test(text)).map(({ path }) => path);
    expect(users).toEqual([
      'src/probers/dns/line.ts',
      'src/probers/shared/dial.ts',
      'src/probers/unix.ts',
    ]);
  });

  test.each(GLOBAL_OWNERS)('%s is used in its own place only', (_name, use, owner) => {
    const users = files
      .filter(({ text }) => use.test(withoutComments(text)))
      .map(({ path }) => path);
    expect(users.filter((path) => !owner.test(path))).toEqual([]);
  });
});

function mayImport(from: string, to: string): boolean {
  return placeOf(from) === placeOf(to) || layerOf(to) > layerOf(from);
}

function findCycle(sources: readonly SourceFile[]): string | undefined {
  const importsOf = new Map(sources.map(({ path, imports }) => [path, imports]));
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path].join(' → ');
    if (done.has(path)) return undefined;
    for (const next of importsOf.get(path) ?? []) {
      const cycle = visit(next, [...trail, path]);
      if (cycle) return cycle;
    }
    done.add(path);
    return undefined;
  };
  for (const { path } of sources) {
    const cycle = visit(path, []);
    if (cycle) return cycle;
  }
  return undefined;
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(?<!:)\/\/.*$/gm, '');
}
