import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join, posix } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DASHBOARDS, RULES, shippedPaths } from '../../src/cli/shipped-files.ts';
import { startChild } from '../support/child.ts';
import { parseExposition } from '../support/exposition.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

// Half a minute of one core, and a registry: `npm run test:package`, which CI does on each Node.js that is supported.
const isAskedFor = process.env.MODE === 'package';

/** Far above what it takes, so that nothing large comes along unseen. */
const MAX_BYTES = { packed: 500_000, unpacked: 2_000_000 };
const CHECKS = 'checks: [{name: Memory, prober: memory}]\n';

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

const run = promisify(execFile);
let directory: TemporaryDirectory;
let packed: Packed;
/** Where it is installed, and nothing else is. */
let home: string;

describe.skipIf(!isAskedFor)('the package', () => {
  beforeAll(async () => {
    directory = await temporaryDirectory();
    home = join(directory.path, 'empty');
    await mkdir(home);
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', directory.path]);
    // The build before it may say something, too.
    [packed] = JSON.parse(stdout.slice(stdout.search(/^\[$/m)));
    await writeFile(join(home, 'package.json'), '{"private": true, "type": "module"}\n');
    const tarball = join(directory.path, packed.filename);
    // An npm that a script of this project runs would install into this project.
    const where = ['--prefix', home, '--omit=dev', '--prefer-offline'];
    await run('npm', ['install', ...where, '--no-audit', '--no-fund', tarball], { cwd: home });
  }, 180_000);
  afterAll(() => directory[Symbol.asyncDispose]());

  describe('holds', () => {
    const listed = () => packed.files.map(({ path }) => path);
    const below = (folder: string) => listed().filter((path) => path.startsWith(`${folder}/`));

    test('the program, of which nothing is missing and nothing is left of an earlier build', () => {
      const sources = readdirSync('src', { recursive: true, encoding: 'utf8' });
      const expected = sources
        .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
        .map((path) => `dist/${path.replace(/\.ts$/, '.js')}`);
      expect(below('dist').filter((path) => path.endsWith('.js'))).toEqual(expected.sort());
    });

    test('the declarations of what may be imported, and no others', () => {
      const declarations = below('dist').filter((path) => !path.endsWith('.js'));
      expect(declarations).toEqual([...declarationsBehind('dist/index.d.ts')].sort());
    });

    test('what it prints, examples and schemas', () => {
      const filesOf = (folder: string) =>
        existsSync(folder)
          ? readdirSync(folder, { recursive: true, withFileTypes: true })
              .filter((entry) => entry.isFile())
              .map((entry) => posix.join(entry.parentPath, entry.name))
              .sort()
          : [];
      expect(below('alert-rules')).toEqual(shippedPaths(RULES).sort());
      expect(below('examples')).toEqual(expect.arrayContaining(shippedPaths(DASHBOARDS)));
      for (const folder of ['examples', 'docs/schemas', 'docs/man'])
        expect(below(folder)).toEqual(filesOf(folder));
    });

    test('nothing else, and is small', () => {
      const known = /^(?:dist|alert-rules|examples|docs\/schemas|docs\/man)\//;
      expect(listed().filter((path) => !known.test(path))).toEqual([
        'CHANGELOG.md',
        'LICENSE',
        'README.md',
        'package.json',
      ]);
      expect(packed.size).toBeLessThan(MAX_BYTES.packed);
      expect(packed.unpackedSize).toBeLessThan(MAX_BYTES.unpacked);
    });
  });

  describe('installed into an empty folder', () => {
    test('checks', async () => {
      const file = await directory.write('checks.yml', CHECKS);
      const { code, stdout, stderr } = await program('check', '--json=-', `--config.file=${file}`);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(stdout)).toMatchObject({ summary: { total: 1, healthy: 1 } });
    });

    test('serves, and finds itself healthy', async () => {
      const file = await directory.write('checks.yml', CHECKS);
      const listening = '--web.listen-address=127.0.0.1:0';
      const child = await forThisTest(start(listening, `--config.file=${file}`));
      const [, port] = await child.says(/msg=listening address=127\.0\.0\.1 port=(\d+)/);
      const response = await fetch(`http://127.0.0.1:${port}/metrics`);
      const { byCheck } = parseExposition(await response.text());
      expect(byCheck('probe_success')).toEqual({ Memory: 1 });
      const asked = await program('healthcheck', `--web.listen-address=127.0.0.1:${port}`);
      expect(asked).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
      child.kill('SIGTERM');
      expect(await child.ended).toEqual({ code: 0, signal: null });
    });

    test.each([RULES, DASHBOARDS])('writes its $command', async (kind) => {
      const folder = join(directory.path, kind.command);
      expect((await program(kind.command, `--write=${folder}`)).code).toBe(0);
      for (const path of shippedPaths(kind)) {
        const written = readFileSync(join(folder, posix.basename(path)), 'utf8');
        expect(written).toBe(readFileSync(path, 'utf8'));
      }
    });

    test('lets nobody in but by what it exports', async () => {
      const script = `
        const named = Object.keys(await import('healthcheck-exporter')).sort();
        const json = { with: { type: 'json' } };
        const { default: schema } = await import('healthcheck-exporter/schemas/checks.schema.json', json);
        const { default: manifest } = await import('healthcheck-exporter/package.json', json);
        const refused = await import('healthcheck-exporter/dist/main.js').catch(({ code }) => code);
        console.log(JSON.stringify({ named, title: schema.title, name: manifest.name, refused }));
      `;
      expect(JSON.parse(await node(['--input-type=module', '--eval', script]))).toEqual({
        named: ['ConfigError', 'runChecks'],
        title: expect.stringContaining('healthcheck-exporter'),
        name: 'healthcheck-exporter',
        refused: 'ERR_PACKAGE_PATH_NOT_EXPORTED',
      });
    });
  });

  describe('the example of docs/embedding.md', () => {
    const [, example = ''] =
      /^```ts\n(.*?)^```$/ms.exec(readFileSync('docs/embedding.md', 'utf8')) ?? [];

    test('runs', async () => {
      await writeFile(join(home, 'example.ts'), example);
      const failing = '{name: Nobody, target: "127.0.0.1:1", prober: tcp}';
      await writeFile(join(home, 'healthcheck.yml'), `checks: [${failing}]\n`);
      const child = await forThisTest(
        startChild('sh', ['-c', 'cd "$0" && exec "$@"', home, ...TS]),
      );
      expect(await child.ended).toEqual({ code: 1, signal: null });
      expect(child.stdout()).toBe('Nobody: refused, connection refused by 127.0.0.1:1\n');
    });

    test.each([
      ['Node.js', 'nodenext', 'nodenext'],
      ['bundlers', 'preserve', 'bundler'],
    ])('compiles as it is resolved by %s', async (_who, module, moduleResolution) => {
      await mkdir(join(home, 'node_modules/@types'), { recursive: true });
      const types = join(home, 'node_modules/@types/node');
      if (!existsSync(types)) await symlink(join(process.cwd(), 'node_modules/@types/node'), types);
      await writeFile(join(home, 'example.ts'), example);
      const compilerOptions = {
        ...{ module, moduleResolution, target: 'es2024', types: ['node'], noEmit: true },
        // That of the declarations, too.
        ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
      };
      const config = { compilerOptions, files: ['example.ts'] };
      await writeFile(join(home, 'tsconfig.json'), JSON.stringify(config));
      const tsc = await forThisTest(startChild('node_modules/.bin/tsc', ['--project', home]));
      expect({ ...(await tsc.ended), stdout: tsc.stdout() }).toMatchObject({ code: 0, stdout: '' });
    });
  });
});

const TS = [process.execPath, '--no-warnings', 'example.ts'];

/** Every declaration that one of them needs, itself among them. */
function declarationsBehind(path: string, known = new Set<string>()): Set<string> {
  if (known.has(path)) return known;
  known.add(path);
  for (const [, specifier = ''] of readFileSync(path, 'utf8').matchAll(/from '(\.[^']+)'/g)) {
    const declaration = specifier.replace(/\.[jt]s$/, '.d.ts');
    declarationsBehind(posix.join(dirname(path), declaration), known);
  }
  return known;
}

/** Starts the program as npm has linked it, with the Node.js of these tests. */
function start(...args: string[]) {
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
  return startChild(join(home, 'node_modules/.bin/healthcheck-exporter'), args, { PATH: path });
}

async function program(...args: string[]) {
  const child = await forThisTest(start(...args));
  const ending = await child.ended;
  return { ...ending, stdout: child.stdout(), stderr: child.stderr() };
}

async function node(args: readonly string[]): Promise<string> {
  return (await run(process.execPath, args, { cwd: home })).stdout;
}
