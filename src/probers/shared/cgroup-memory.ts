import {
  type CgroupHierarchy,
  keyedNumber,
  ownCgroup,
  readCgroup,
  readCgroupNumber,
  tightestLimit,
} from './cgroup.ts';
import type { HostRoots } from './host.ts';

/** A limit and what is used of it, in bytes. */
export interface CgroupUsage {
  readonly limit: number;
  readonly used: number;
}

/** What limits this process; `undefined` where no group sets a limit. */
export interface CgroupMemory {
  readonly memory: CgroupUsage | undefined;
  readonly swap: CgroupUsage | undefined;
}

// Version 1 writes "no limit" as the largest number of whole pages, which depends on the page size.
const V1_UNLIMITED = 2 ** 60;

/**
 * Reads the tightest memory and swap limit of this process' control group and those above it, and what is used
 * in the group that sets it. Cached file content that the kernel gives back at once is not "used", as for
 * Kubernetes' working set.
 */
export async function readCgroupMemory(
  roots: HostRoots,
  signal: AbortSignal,
): Promise<CgroupMemory> {
  const hierarchy = await ownCgroup(roots, 'memory', signal);
  return hierarchy.version === 2
    ? readVersion2(hierarchy, signal)
    : readVersion1(hierarchy, signal);
}

async function readVersion2(
  hierarchy: CgroupHierarchy,
  signal: AbortSignal,
): Promise<CgroupMemory> {
  const number = (path: string, file: string) => readCgroupNumber(hierarchy, path, file, signal);
  const memory = await tightestLimit(hierarchy, (path) => number(path, 'memory.max'));
  const swap = await tightestLimit(hierarchy, (path) => number(path, 'memory.swap.max'));
  return {
    memory: memory && {
      limit: memory.limit,
      used: workingSet(
        await number(memory.path, 'memory.current'),
        keyedNumber(
          await readCgroup(hierarchy, memory.path, 'memory.stat', signal),
          'inactive_file',
        ),
      ),
    },
    swap: swap && {
      limit: swap.limit,
      used: (await number(swap.path, 'memory.swap.current')) ?? 0,
    },
  };
}

async function readVersion1(
  hierarchy: CgroupHierarchy,
  signal: AbortSignal,
): Promise<CgroupMemory> {
  const number = (path: string, file: string) => readCgroupNumber(hierarchy, path, file, signal);
  const limitAt = async (path: string, file: string) => {
    const limit = await number(path, file);
    return limit !== undefined && limit < V1_UNLIMITED ? limit : undefined;
  };
  // Version 1 knows no limit of swap, only one of memory and swap together.
  const swapLimitAt = async (path: string) => {
    const memory = await limitAt(path, 'memory.limit_in_bytes');
    const both = await limitAt(path, 'memory.memsw.limit_in_bytes');
    return memory === undefined || both === undefined ? undefined : Math.max(0, both - memory);
  };
  const memory = await tightestLimit(hierarchy, (path) => limitAt(path, 'memory.limit_in_bytes'));
  const swap = await tightestLimit(hierarchy, swapLimitAt);
  return {
    memory: memory && {
      limit: memory.limit,
      used: workingSet(
        await number(memory.path, 'memory.usage_in_bytes'),
        keyedNumber(
          await readCgroup(hierarchy, memory.path, 'memory.stat', signal),
          'total_inactive_file',
        ),
      ),
    },
    swap: swap && {
      limit: swap.limit,
      used: Math.max(
        0,
        ((await number(swap.path, 'memory.memsw.usage_in_bytes')) ?? 0) -
          ((await number(swap.path, 'memory.usage_in_bytes')) ?? 0),
      ),
    },
  };
}

function workingSet(usage = 0, inactiveFile = 0): number {
  return Math.max(0, usage - inactiveFile);
}
