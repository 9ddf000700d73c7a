import type { Environment } from '../config/expansion.ts';
import { useProxyEnvironment } from '../probers/shared/http-proxy.ts';
import { shareThreads } from '../probers/shared/threads.ts';
import { takeSystemdSockets } from '../web/systemd-sockets.ts';

// Before anything uses the pool. Whatever hangs, a part of it is left: see shareThreads().
process.env.UV_THREADPOOL_SIZE ??= '48';
shareThreads(Number.parseInt(process.env.UV_THREADPOOL_SIZE, 10) || 1);
useProxyEnvironment(process.env);

/** Whether output may be coloured, as far as the environment says. See https://no-color.org. */
export function environmentAllowsColor(): boolean {
  return !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}

/**
 * Whether signs outside ASCII may be written. A locale that nobody has set says nothing, and the console of Linux has no
 * font for them.
 */
export function environmentShowsUnicode({ isTerminal }: { isTerminal: boolean }): boolean {
  const { LC_ALL, LC_CTYPE, LANG, TERM } = process.env;
  if (isTerminal && TERM === 'linux') return false;
  return /^$|utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
}

/** Whether a terminal can be drawn on: the cursor moved, lines erased. */
export function environmentAllowsDrawing(): boolean {
  return process.env.TERM !== 'dumb';
}

/** Where it is set, errors show their stacks: for whoever looks for a fault of the program. */
export const DEBUG_VARIABLE = 'HEALTHCHECK_EXPORTER_DEBUG';

/** Whether {@link DEBUG_VARIABLE} is set to anything but nothing and 0. */
export function environmentWantsStacks(): boolean {
  return !['', '0'].includes(process.env[DEBUG_VARIABLE] ?? '');
}

/** What `${NAME}` in a configuration stands for, where it is to stand for anything. */
export function environmentFor({ expandEnv }: { expandEnv: boolean }): Environment | undefined {
  return expandEnv ? process.env : undefined;
}

/**
 * Takes the sockets that systemd passes out of the environment.
 *
 * @returns their descriptors, or a sentence that says why there are none.
 */
export function socketsOfSystemd(): readonly number[] | string {
  return takeSystemdSockets(process.env, process.pid);
}
