import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../house/source-files.ts';
import { type Ending, startChild } from '../support/child.ts';
import { blocksOf, readPage } from '../support/markdown.ts';
import { tcpServer } from '../support/servers.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';
import { isThorough } from '../support/thorough.ts';

const COPIED = [
  ...['src', 'test', 'tools', 'docs', 'examples', 'alert-rules'],
  ...['biome.json', 'package.json', 'tsconfig.json'],
];
const BIOME = 'node_modules/.bin/biome';
/** Without the rules that read the whole project first. */
const LINT = ['lint', '--error-on-warnings', '--skip=project', '--skip=types'];
const PATIENCE_MS = 120_000;

const page = readPage(ROOT, 'docs/adding-a-prober.md');
const [prober, importLine, listLine, itsTest, example] = blocksOf(page).map(({ text }) => text);

// One after the other, as somebody who follows the page does it.
describe.skipIf(!isThorough)(
  'a prober added as docs/adding-a-prober.md says',
  { timeout: PATIENCE_MS },
  () => {
    let copy: TemporaryDirectory;

    beforeAll(async () => {
      copy = await temporaryDirectory();
      for (const name of COPIED) {
        cpSync(join(ROOT, name), join(copy.path, name), { recursive: true });
      }
      symlinkSync(join(ROOT, 'node_modules'), join(copy.path, 'node_modules'));
      await copy.write('src/probers/redis.ts', prober ?? '');
      await copy.write('test/probers/redis.test.ts', itsTest ?? '');
      await copy.write('examples/probers/redis.yml', example ?? '');
      // The linter wants what it reads before it reads anything else.
      await copy.write('.gitignore', 'node_modules\n');
      register();
      return () => copy[Symbol.asyncDispose]();
    });

    test('has its reference written by "npm run docs"', async () => {
      await expectSuccess(run('tools/generate-docs.ts'));
      expect(readFileSync(join(copy.path, 'docs/probers.md'), 'utf8')).toContain('\n## redis\n');
    });

    test('passes the linter, and the types fit', async () => {
      const files = ['src/probers/redis.ts', 'src/probers/index.ts', 'test/probers/redis.test.ts'];
      await copy.write(
        'tsconfig.new.json',
        JSON.stringify({ extends: './tsconfig.json', files, include: ['src/**/*.d.ts'] }),
      );
      await Promise.all([
        expectSuccess(start('node_modules/.bin/tsc', '--noEmit', '--project', 'tsconfig.new.json')),
        expectSuccess(start(BIOME, 'format', ...files)),
        expectSuccess(start(BIOME, ...LINT, ...files)),
      ]);
    });

    test('passes its own test, and is not half-added', async () => {
      const tests = [
        'test/probers/redis.test.ts',
        'test/house/probers.test.ts',
        'test/house/generated-documents.test.ts',
      ];
      await expectSuccess(
        run('node_modules/vitest/vitest.mjs', 'run', '--no-isolate', '--pool=threads', ...tests),
      );
    });

    test('checks a server for the program', async () => {
      const server = await tcpServer((socket) => {
        socket.once('data', () => socket.end('connected_clients:501\r\n'));
      });
      const config = (example ?? '')
        .replace('cache.example.com', `127.0.0.1:${server.port}`)
        .replace('127.0.0.1:6380', `127.0.0.1:${server.port}`);
      await copy.write('checks.yml', config);

      const { stdout } = await run('src/main.ts', 'check', '--config.file=checks.yml');

      expect(stdout).toMatch(/^✓ Cache /m);
      expect(stdout).toMatch(/^✗ Sessions .* threshold: 501 clients, at most 500 allowed$/m);
    });

    function register(): void {
      const file = join(copy.path, 'src/probers/index.ts');
      const text = readFileSync(file, 'utf8')
        .replace(/^(?=import \{ systemd \})/m, importLine ?? '')
        .replace(/^ {2}memory,\n/m, (line) => `${line}${listLine}`);
      writeFileSync(file, text);
    }

    function run(script: string, ...args: string[]) {
      return start(process.execPath, script, ...args);
    }

    /** Runs a command in the copy to its end. */
    async function start(command: string, ...args: string[]) {
      await using child = startChild('sh', [
        '-c',
        'cd "$0" && exec "$@"',
        copy.path,
        command,
        ...args,
      ]);
      const ending = await child.ended;
      return { ...ending, stdout: child.stdout(), stderr: child.stderr() };
    }
  },
);

async function expectSuccess(
  running: Promise<Ending & { stdout: string; stderr: string }>,
): Promise<void> {
  const { code, stdout, stderr } = await running;
  expect(code, `${stdout}\n${stderr}`).toBe(0);
}
