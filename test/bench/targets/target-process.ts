import { fileURLToPath } from 'node:url';
import { startChild } from '../../support/child.ts';

/** A target in a process of its own. */
export interface TargetProcess extends AsyncDisposable {
  readonly port: number;
}

/** The scripts beside this file. */
export type TargetScript = 'instant-http' | 'instant-dns' | 'delayed-http' | 'silent-tcp';

/** Starts one of the targets of this folder; resolves when it listens. */
export async function startTargetProcess(
  script: TargetScript,
  args: readonly string[] = [],
): Promise<TargetProcess> {
  await using stack = new AsyncDisposableStack();
  const file = fileURLToPath(new URL(`./${script}-process.ts`, import.meta.url));
  const child = stack.use(startChild(process.execPath, [file, ...args]));
  const { groups } = await child.says(/listening port=(?<port>\d+)/);
  const started = stack.move();
  return { port: Number(groups?.port), [Symbol.asyncDispose]: () => started.disposeAsync() };
}
