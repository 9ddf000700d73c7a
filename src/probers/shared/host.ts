import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, ProbeFailure } from '../failure.ts';

/** Where the kernel's own files are. Tests put a directory of fixtures in their place. */
export interface HostRoots {
  readonly proc: string;
  readonly cgroup: string;
}

/** Where Linux has them. */
export const HOST_ROOTS: HostRoots = { proc: '/proc', cgroup: '/sys/fs/cgroup' };

/**
 * Reads a file below `/proc`, such as `self/mountinfo`.
 *
 * @throws {ProbeFailure} `unsupported` where there is no such file: this kernel is not Linux, or hides it.
 */
export async function readProc(
  roots: HostRoots,
  name: string,
  signal?: AbortSignal,
): Promise<string> {
  const path = join(roots.proc, name);
  try {
    return await readFile(path, { encoding: 'utf8', signal });
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new ProbeFailure('unsupported', `this host has no ${path}: the check needs Linux`, {
      cause: error,
    });
  }
}

/** Reads a file that only some kernels and some configurations have. `undefined` where it is not there. */
export async function readIfPresent(
  path: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    return await readFile(path, { encoding: 'utf8', signal });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

// ENODEV and EOPNOTSUPP: a cgroup file of a controller that was switched off after the directory was made.
const MISSING = ['ENOENT', 'ENOTDIR', 'ENODEV', 'EOPNOTSUPP'];

function isMissing(error: unknown): boolean {
  return MISSING.includes(errorCode(error));
}
