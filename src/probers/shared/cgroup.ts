import { join, posix } from 'node:path';
import { type HostRoots, readIfPresent, readProc } from './host.ts';

/** A control group's place for one controller, and everything above it. */
export interface CgroupHierarchy {
  readonly version: 1 | 2;
  /** The directory the paths below count from. */
  readonly root: string;
  /** From this process' own group up to `/`. Inside a container only the upper ones may be there to read. */
  readonly paths: readonly string[];
}

/** The group whose limit is reached first. */
export interface CgroupLimit {
  readonly path: string;
  readonly limit: number;
}

/**
 * Finds this process' own control group.
 *
 * @throws {ProbeFailure} `unsupported` where the host has none.
 */
export async function ownCgroup(
  roots: HostRoots,
  controller: string,
  signal: AbortSignal,
): Promise<CgroupHierarchy> {
  const { version, path } = parseOwnCgroup(
    await readProc(roots, 'self/cgroup', signal),
    controller,
  );
  const paths = ancestors(path);
  if (version === 1) return { version, root: join(roots.cgroup, controller), paths };
  // Where systemd runs both versions side by side, version 2 has a place below the others.
  const unified = join(roots.cgroup, 'unified');
  const hybrid = await readIfPresent(join(unified, 'cgroup.controllers'), signal);
  return { version, root: hybrid === undefined ? roots.cgroup : unified, paths };
}

/**
 * Reads `/proc/self/cgroup` (cgroups(7)): a controller that version 1 holds has a line of its own, all others are
 * version 2's, whose line names none.
 */
export function parseOwnCgroup(
  text: string,
  controller: string,
): { readonly version: 1 | 2; readonly path: string } {
  const lines = text
    .split('\n')
    .map((line) => /^\d+:(?<names>[^:]*):(?<path>.*)$/.exec(line)?.groups);
  const own = lines.find((line) => line?.names?.split(',').includes(controller));
  if (own) return { version: 1, path: own.path ?? '/' };
  return { version: 2, path: lines.find((line) => line?.names === '')?.path ?? '/' };
}

/** `/a/b` → `/a/b`, `/a`, `/`. */
function ancestors(path: string): string[] {
  // A group outside this process' cgroup namespace is written as `/../x`, of which only the root can be seen.
  let current = posix.resolve('/', path);
  const paths = [current];
  while (current !== '/') {
    current = posix.dirname(current);
    paths.push(current);
  }
  return paths;
}

/**
 * The smallest limit from the own group up to the root: what is set on a group above holds below too.
 *
 * @param limitAt the limit a group itself sets, or `undefined` where it sets none or is not there.
 */
export async function tightestLimit(
  hierarchy: CgroupHierarchy,
  limitAt: (path: string) => Promise<number | undefined>,
): Promise<CgroupLimit | undefined> {
  let tightest: CgroupLimit | undefined;
  for (const path of hierarchy.paths) {
    const limit = await limitAt(path);
    if (limit !== undefined && limit < (tightest?.limit ?? Number.POSITIVE_INFINITY)) {
      tightest = { path, limit };
    }
  }
  return tightest;
}

/** Text of a group's file, or `undefined` where it is not there. */
export function readCgroup(
  { root }: CgroupHierarchy,
  path: string,
  file: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  return readIfPresent(join(root, path, file), signal);
}

/** The number in a group's file. `undefined` for `max`, for no number, and where the file is not there. */
export async function readCgroupNumber(
  hierarchy: CgroupHierarchy,
  path: string,
  file: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  return toNumber(await readCgroup(hierarchy, path, file, signal));
}

/** The value of one key of a file of `key value` lines, such as `memory.stat`. */
export function keyedNumber(text: string | undefined, key: string): number | undefined {
  const line = text?.split('\n').find((candidate) => candidate.startsWith(`${key} `));
  return toNumber(line?.slice(key.length + 1));
}

function toNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d+\s*$/.test(text) ? Number(text) : undefined;
}
