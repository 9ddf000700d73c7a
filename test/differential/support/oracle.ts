import { execFileSync } from 'node:child_process';
import { startChild } from '../../support/child.ts';
import { freePort } from '../../support/loopback.ts';
import { isInstalled, realPart } from '../../support/real-part.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** What Debian calls it, and what its authors do. */
const NAMES = ['prometheus-blackbox-exporter', 'blackbox_exporter'] as const;
/** The one that is installed, or the one that the environment names, so that newer versions can be tried. */
const COMMAND = process.env.BLACKBOX_EXPORTER || (NAMES.find(isInstalled) ?? NAMES[0]);
/** It listens in a few milliseconds. */
const PATIENCE_MS = 15_000;

export const hasOracle = realPart('blackbox_exporter', [COMMAND]);

/** As `0.23.0`; empty where there is none. */
export const ORACLE_VERSION = hasOracle ? readVersion() : '';

/** Whether the oracle is of this version or a newer one. */
export function oracleIsAtLeast(version: string): boolean {
  const [have, want] = [ORACLE_VERSION, version].map((text) => text.split('.').map(Number));
  const at = want?.findIndex((number, index) => number !== have?.[index]) ?? -1;
  return at === -1 || (have?.[at] ?? 0) > (want?.[at] ?? 0);
}

function readVersion(): string {
  const text = execFileSync(COMMAND, ['--version'], { encoding: 'utf8', stdio: 'pipe' });
  return /version (?<version>\d+\.\d+\.\d+)/.exec(text)?.groups?.version ?? '0.0.0';
}

/** A real blackbox_exporter. */
export interface Oracle extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

/** @param modules the text of its modules file. */
export async function startOracle(
  modules: string,
  { args = [], env }: { args?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<Oracle> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await temporaryDirectory());
  const file = await directory.write('blackbox.yml', modules);
  const port = await freePort();
  const child = stack.use(
    startChild(
      COMMAND,
      [`--config.file=${file}`, `--web.listen-address=127.0.0.1:${port}`, ...args],
      env,
    ),
  );
  const url = `http://127.0.0.1:${port}`;
  await Promise.race([
    answers(`${url}/-/healthy`),
    child.ended.then(() => {
      throw new Error(`blackbox_exporter ended:\n${child.stderr()}`);
    }),
  ]);
  const started = stack.move();
  return {
    url,
    pid: child.pid,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** Whether blackbox_exporter takes this modules file. */
export async function oracleAccepts(modules: string): Promise<boolean> {
  await using directory = await temporaryDirectory();
  const file = await directory.write('blackbox.yml', modules);
  await using child = startChild(COMMAND, [`--config.file=${file}`, '--config.check']);
  return (await child.ended).code === 0;
}

async function answers(url: string): Promise<void> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  for (;;) {
    const response = await fetch(url, { signal: patience }).catch(() => undefined);
    if (response?.ok) return;
    if (patience.aborted) throw new Error(`${url} did not answer within ${PATIENCE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
