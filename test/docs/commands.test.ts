import { chmodSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../house/source-files.ts';
import { startChild } from '../support/child.ts';
import { runCliInProcess } from '../support/cli-in-process.ts';
import { commandsOf, inlineCommandsOf, wordsOf } from '../support/documented-commands.ts';
import { type ExporterProcess, startExporterProcess } from '../support/exporter-process.ts';
import { codeSpansOf, readPages } from '../support/markdown.ts';
import { realPart } from '../support/real-part.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

const PROGRAM = 'healthcheck-exporter';
const MAIN = join(ROOT, 'src/main.ts');
/** Where pages say that the exporter listens, and where it does here. */
const DOCUMENTED_ADDRESS = 'localhost:10195';
const ANY_PORT = '127.0.0.1:0';

/** What the commands of pages find in the folder they are typed in. All of it is on this host. */
const FILES = {
  'healthcheck.yml': `checks:
  - {name: Main Website, target: 'localhost:1', prober: tcp, labels: {team: web}}
  - {name: Memory Usage, prober: memory}
`,
  'blackbox.yml': 'modules: {http_2xx: {prober: http}}\n',
  'checks.yml': 'checks: [{name: Memory Usage, prober: memory}]\n',
  'web.yml': 'http_server_config: {headers: {X-Frame-Options: deny}}\n',
};

/** Pages whose every example another test runs, and compares with what the page shows. */
const RUN_BY: Readonly<Record<string, string>> = {
  'docs/api.md': 'test/examples/api-page.test.ts',
  'docs/cli.md': 'test/cli/examples.test.ts',
};

/** Scripts that no test here runs, and what does. */
const SCRIPTS_RUN_ELSEWHERE: Readonly<Record<string, string>> = {
  ci: 'has run: this checkout has its packages from it',
  test: 'runs this',
  'test:thorough': 'is what the whole run of the project runs this by',
  'test:alerting': 'takes ten minutes; the whole run of the project does it',
  lint: 'is run beside the tests',
  format: 'changes files',
  coverage: 'runs all tests',
  bench: 'takes minutes; test/bench runs its parts',
  torture: 'takes an hour; test/torture runs its parts',
  docs: 'writes what test/house/generated-documents.test.ts compares',
  dashboards: 'writes what test/dashboards/generated.test.ts compares',
  kubernetes: 'writes what test/examples/kubernetes.test.ts compares',
  sbom: 'test/house/supply-chain.test.ts writes it',
};

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const pages = readPages(ROOT);
const commands = pages
  .flatMap(commandsOf)
  .map((command) => ({ ...command, mark: command.mark ?? runBy(command.place) }));
/** What the commands of pages use beside the program. */
const hasPrograms = realPart('shell', ['sh', 'curl', 'sed', 'grep']);

const toRun = commands
  .filter(({ mark }) => mark === undefined)
  .flatMap(({ place, text }) => text.split(' && ').map((part) => ({ place, text: part })));
const scriptCommands = toRun.filter(({ text }) => text.startsWith('npm '));
const byPage = Map.groupBy(
  toRun.filter(({ text }) => !text.startsWith('npm ')),
  ({ place }) => place.split(':')[0],
);

describe.skipIf(!hasPrograms)('the commands of the pages', () => {
  let exporter: ExporterProcess;

  beforeAll(async () => {
    exporter = await startExporterProcess({ config: FILES['healthcheck.yml'] });
  });
  afterAll(() => exporter[Symbol.asyncDispose]());

  test.each(scriptCommands)('$place: $text is a script', ({ text }) => {
    const { name } = scriptOf(text);
    expect(name === 'ci' || name in scripts, name).toBe(true);
  });

  test.each(scriptCommands.filter(({ text }) => !(scriptOf(text).name in SCRIPTS_RUN_ELSEWHERE)))(
    '$place: $text works',
    async ({ text }) => {
      const { name, flags } = scriptOf(text);
      await run(`${scripts[name]} ${flags}`, ROOT);
    },
  );

  // Each page has a folder of its own: what one command writes, the next finds.
  describe.each([...byPage])('%s', (_path, own) => {
    let folder: TemporaryDirectory;

    beforeAll(async () => {
      folder = await temporaryDirectory();
      for (const [name, text] of Object.entries(FILES)) await folder.write(name, text);
      for (const name of ['examples', 'alert-rules']) {
        symlinkSync(join(ROOT, name), join(folder.path, name));
      }
      const program = `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`;
      chmodSync(await folder.write(PROGRAM, program), 0o755);
      return () => folder[Symbol.asyncDispose]();
    });

    test.each(own)('$place: $text works', ({ text }) => run(text, folder.path));
  });

  /** Runs a command where it is typed, on addresses that are free, and expects it to succeed. */
  async function run(documented: string, directory: string): Promise<void> {
    const command = documented
      .replaceAll(DOCUMENTED_ADDRESS, `127.0.0.1:${exporter.port}`)
      .replace(/(?<=--web\.listen-address=)\S+/, ANY_PORT);
    if (serves(command)) return serveOnce(command, directory);
    if (command.startsWith('alias ')) return useAlias(command);
    const words = wordsOf(command);
    const { code, stderr } =
      words?.[0] === PROGRAM
        ? await inDirectory(directory, () => runCliInProcess(words.slice(1)))
        : await runInShell(command, directory);
    const isVerdict = code === 1 && / (?:check|probe) /.test(command);
    expect(isVerdict ? 0 : code, stderr).toBe(0);
  }
});

describe('what the pages say of commands', () => {
  test.each(commands.filter(({ mark }) => mark?.startsWith('run by ')))(
    '$place: $text is $mark',
    ({ mark = '' }) => {
      const path = mark.slice('run by '.length);
      expect(existsSync(join(ROOT, path)), path).toBe(true);
    },
  );

  // Those in prose, and those in blocks that cannot be run.
  const inline = pages.flatMap((page) => {
    const marked = commandsOf(page).filter(({ mark }) => mark !== undefined);
    return [...inlineCommandsOf(page), ...marked.map(({ text }) => text)]
      .filter((text) => text.startsWith(`${PROGRAM} `))
      .map((text) => ({ path: page.path, text }));
  });

  test.each(inline)('$path: `$text` has a command and flags that there are', async ({ text }) => {
    const [, ...words] = text.split(' ');
    const command = /^[a-z]/.test(words[0] ?? '') ? words.filter(isWord) : [];
    const { code, stdout, stderr } = await runCliInProcess([...command.slice(0, 2), '--help']);
    expect(code, stderr).toBe(0);
    const flags = words.flatMap((word) => /^--?[a-z][\w.-]*/.exec(word)?.[0] ?? []);
    expect(flags.filter((flag) => !stdout.includes(flag))).toEqual([]);
  });

  test('names flags that there are', async () => {
    const { stdout } = await runCliInProcess(['--help']);
    const known: readonly string[] = stdout.match(/--[a-z][a-z.-]*[a-z]/g) ?? [];
    const named = pages.flatMap((page) =>
      codeSpansOf(page).flatMap((code) => ({ path: page.path, flag: FLAG.exec(code)?.[0] })),
    );
    const flags = named.filter(({ flag }) => flag !== undefined);
    expect(flags.length).toBeGreaterThan(30);
    expect(flags.filter(({ flag }) => !known.includes(flag ?? ''))).toEqual([]);
  });
});

/** A flag of `serve`: those with a dot in their names are nobody else's. */
const FLAG = /^--(?:config|history|log|probe|web)\.[a-z.-]*[a-z]/;

function runBy(place: string): string | undefined {
  const path = RUN_BY[place.split(':')[0] ?? ''];
  return path && `run by ${path}`;
}

function isWord(word: string): boolean {
  return /^[a-z]+$/.test(word);
}

/** Whether a command goes on until it is told to stop. */
function serves(command: string): boolean {
  const [, rest] = /(?:^healthcheck-exporter|src\/main\.ts)(?<rest>.*)$/.exec(command) ?? [];
  if (rest === undefined || /--config\.check|--help|--version/.test(rest)) return false;
  return /^ *(?:$|-|serve\b)/.test(rest);
}

/** Runs something as if this process had been started in another directory. */
async function inDirectory<T>(directory: string, what: () => Promise<T>): Promise<T> {
  const before = process.cwd();
  process.chdir(directory);
  try {
    return await what();
  } finally {
    process.chdir(before);
  }
}

/** What `npm run` would run. */
function scriptOf(command: string): { name: string; flags: string } {
  const pattern = /^npm (?:run )?(?:--silent )?(?<name>[\w:]+)(?: -- (?<flags>.+))?$/;
  const { name = '', flags = '' } = pattern.exec(command)?.groups ?? {};
  return { name, flags };
}

async function runInShell(command: string, directory: string) {
  await using child = shell(command, directory);
  const { code } = await child.ended;
  return { code, stderr: child.stderr() };
}

async function serveOnce(command: string, directory: string): Promise<void> {
  const address = `--web.listen-address=${ANY_PORT}`;
  const said = command.includes('--web.listen-address') ? command : `${command} ${address}`;
  await using child = shell(`exec ${said}`, directory);
  await child.says(/msg=listening/);
  child.kill('SIGTERM');
  expect(await child.ended).toEqual({ code: 0, signal: null });
}

/** An alias that is made in a checkout, for what the other commands of its page then call. */
async function useAlias(command: string): Promise<void> {
  await using child = startChild('sh', ['-c', `cd '${ROOT}'\n${command}\n${PROGRAM} --version`]);
  expect(await child.ended, child.stderr()).toEqual({ code: 0, signal: null });
}

/** A shell that finds the program in its directory, and what npm would find. */
function shell(command: string, directory: string) {
  const PATH = `${directory}:${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`;
  return startChild('sh', ['-c', `cd '${directory}' && ${command}`], { PATH });
}
