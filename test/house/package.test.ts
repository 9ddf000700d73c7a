import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DASHBOARDS, RULES, shippedPaths } from '../../src/cli/shipped-files.ts';
import { OLDEST_NODE } from '../../src/lib/node-version.ts';
import { ROOT } from './source-files.ts';

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
}

const json = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
const manifest = json('package.json');
const locked: Readonly<Record<string, LockedPackage>> = json('package-lock.json').packages;

describe('the Node.js of development', () => {
  const platforms: Readonly<Record<string, string>> = json(
    'tools/node-pin/package.json',
  ).optionalDependencies;

  test('is of one version on every platform, and the one that the scripts find', () => {
    const pinned = execFileSync(join(ROOT, 'node_modules/.bin/node'), ['--version']);
    expect([...new Set(Object.values(platforms))]).toEqual([pinned.toString().trim().slice(1)]);
  });

  test.each(Object.keys(platforms))(
    '%s is in the lock file with its integrity, for development only',
    (name) => {
      const entry = locked[`node_modules/${name}`];
      expect(entry).toMatchObject({ version: platforms[name], dev: true, optional: true });
      expect(entry?.integrity).toMatch(/^sha512-/);
      expect(Object.keys(entry?.bin ?? {})).toContain('node');
      // With --ignore-scripts it would otherwise not be there.
      expect(entry?.hasInstallScript).toBeUndefined();
    },
  );

  test('does not come with the package', () => {
    expect(manifest.dependencies).not.toHaveProperty('node-pin');
    expect(locked['node_modules/node-pin']).toMatchObject({ link: true });
    expect(manifest.files.some((path: string) => path.startsWith('tools'))).toBe(false);
  });
});

describe('the package', () => {
  test('holds what it runs and the files that it prints', () => {
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
        cwd: ROOT,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
    const paths: string[] = packed.files.map(({ path }: { path: string }) => path);
    const shipped = [RULES, DASHBOARDS].flatMap(shippedPaths);
    expect(paths).toEqual(expect.arrayContaining(['package.json', 'LICENSE', ...shipped]));
    expect(manifest.files).toContain('dist/**/*.js');
    const tops = new Set(paths.map((path) => path.split('/')[0]));
    for (const foreign of ['src', 'test', 'tools', 'node_modules'])
      expect(tops).not.toContain(foreign);
  });

  test('needs the Node.js that the program asks for', () => {
    expect(manifest.engines.node).toBe(`>=${OLDEST_NODE.major}.${OLDEST_NODE.minor}`);
  });

  test('names exact versions: the newest that fits an old npm would not be the same', () => {
    const versions = { ...manifest.dependencies, ...manifest.devDependencies };
    delete versions['node-pin'];
    expect(
      Object.values<string>(versions).filter((version) => !/^\d+\.\d+\.\d+$/.test(version)),
    ).toEqual([]);
  });

  test('is locked whole: npm ci refuses a lock file that lacks the package of one platform', () => {
    const missing = Object.entries(locked).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in locked || `${path}/node_modules/${name}` in locked),
      ),
    );
    expect(missing).toEqual([]);
  });

  test('has no dependency that must be compiled or run a script to install', () => {
    const scripts = Object.entries(locked).filter(
      ([, { hasInstallScript, dev }]) => hasInstallScript && !dev,
    );
    expect(scripts.map(([path]) => path)).toEqual([]);
  });
});
