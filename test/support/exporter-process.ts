import { fileURLToPath } from 'node:url';
import { type Child, type Ending, startChild } from './child.ts';
import { type Exposition, parseExposition } from './exposition.ts';
import { forThisTest } from './for-this-test.ts';
import { type TemporaryDirectory, temporaryDirectory } from './temporary-directory.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** The exporter as a process of its own, listening on the loopback interface. */
export interface ExporterProcess extends AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:port`, without a path. */
  readonly url: string;
  readonly process: Child;
  /** Where its configuration is, whether or not it was given one. */
  readonly configFile: string;
  readonly rewriteConfig: (text: string) => Promise<void>;
  /** Scrapes like Prometheus, only these checks where some are named. Rejects where the status is not 200. */
  readonly scrape: (...checks: string[]) => Promise<Exposition>;
}

/**
 * @param config the text of its configuration file; without it, none is given.
 * @param launcher a command that runs the one given after it, in an environment of its own making.
 */
export async function startExporterProcess({
  config,
  args = [],
  env,
  launcher = [],
}: {
  config?: string;
  args?: readonly string[];
  env?: NodeJS.ProcessEnv;
  launcher?: readonly string[];
} = {}): Promise<ExporterProcess> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await temporaryDirectory());
  const configFile = await directory.write('checks.yml', config ?? '');
  const [command = process.execPath, ...rest] = [
    ...launcher,
    ...[process.execPath, MAIN, '--web.listen-address=127.0.0.1:0'],
    ...(config === undefined ? [] : [`--config.file=${configFile}`]),
    ...args,
  ];
  const child = stack.use(startChild(command, rest, env));
  const { groups } = await child.says(/msg=listening address=127\.0\.0\.1 port=(?<port>\d+)/);
  const port = Number(groups?.port);
  const url = `http://127.0.0.1:${port}`;
  const started = stack.move();
  return {
    port,
    url,
    process: child,
    configFile,
    rewriteConfig: async (text) => void (await directory.write('checks.yml', text)),
    scrape: (...checks) => scrape(url, checks),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** Runs one command to its end. */
export async function runExporter(
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
): Promise<Ending & { stdout: string; stderr: string }> {
  const child = await forThisTest(startChild(process.execPath, [MAIN, ...args], env));
  const ending = await child.ended;
  return { ...ending, stdout: child.stdout(), stderr: child.stderr() };
}

/** A directory with a configuration file in it. */
export async function configFile(
  text: string,
): Promise<TemporaryDirectory & { readonly file: string }> {
  const directory = await temporaryDirectory();
  return { ...directory, file: await directory.write('checks.yml', text) };
}

async function scrape(url: string, checks: readonly string[]): Promise<Exposition> {
  const query = new URLSearchParams(checks.map((name) => ['check[]', name]));
  const response = await fetch(`${url}/metrics?${query}`);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`scrape answered ${response.status}: ${text}`);
  return parseExposition(text);
}
