import {
  keyedNumber,
  ownCgroup,
  readCgroup,
  readCgroupNumber,
  tightestLimit,
} from '../shared/cgroup.ts';
import type { HostRoots } from '../shared/host.ts';

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
  const number: ReadNumber = (path, file) => readCgroupNumber(hierarchy, path, file, signal);
  const version = hierarchy.version === 2 ? version2(number) : version1(number);
  const memory = await tightestLimit(hierarchy, version.memoryLimit);
  const swap = await tightestLimit(hierarchy, version.swapLimit);
  const workingSet = async (path: string) => {
    const usage = (await number(path, version.usageFile)) ?? 0;
    const stat = await readCgroup(hierarchy, path, 'memory.stat', signal);
    return Math.max(0, usage - (keyedNumber(stat, version.inactiveKey) ?? 0));
  };
  return {
    memory: memory && { limit: memory.limit, used: await workingSet(memory.path) },
    swap: swap && { limit: swap.limit, used: await version.swapUsed(swap.path) },
  };
}

/** The number in a file of the group at a path. */
type ReadNumber = (path: string, file: string) => Promise<number | undefined>;

/** Where a version has what, of the group at a path. */
interface Version {
  readonly memoryLimit: (path: string) => Promise<number | undefined>;
  readonly swapLimit: (path: string) => Promise<number | undefined>;
  readonly swapUsed: (path: string) => Promise<number>;
  readonly usageFile: string;
  readonly inactiveKey: string;
}

function version2(number: ReadNumber): Version {
  return {
    memoryLimit: (path) => number(path, 'memory.max'),
    swapLimit: (path) => number(path, 'memory.swap.max'),
    swapUsed: async (path) => (await number(path, 'memory.swap.current')) ?? 0,
    usageFile: 'memory.current',
    inactiveKey: 'inactive_file',
  };
}

/** It knows nothing of swap alone, only of memory and swap together. */
function version1(number: ReadNumber): Version {
  const limit = async (path: string, file: string) => {
    const bytes = await number(path, file);
    return bytes !== undefined && bytes < V1_UNLIMITED ? bytes : undefined;
  };
  const memoryLimit = (path: string) => limit(path, 'memory.limit_in_bytes');
  return {
    memoryLimit,
    swapLimit: async (path) => {
      const memory = await memoryLimit(path);
      const both = await limit(path, 'memory.memsw.limit_in_bytes');
      return memory === undefined || both === undefined ? undefined : Math.max(0, both - memory);
    },
    swapUsed: async (path) => {
      const both = (await number(path, 'memory.memsw.usage_in_bytes')) ?? 0;
      const memory = (await number(path, 'memory.usage_in_bytes')) ?? 0;
      return Math.max(0, both - memory);
    },
    usageFile: 'memory.usage_in_bytes',
    inactiveKey: 'total_inactive_file',
  };
}
