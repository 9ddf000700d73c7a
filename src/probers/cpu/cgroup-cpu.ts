import {
  type CgroupHierarchy,
  keyedNumber,
  ownCgroup,
  readCgroup,
  readCgroupNumber,
  tightestLimit,
} from '../shared/cgroup.ts';
import type { HostRoots } from '../shared/host.ts';

/** The CPU time this process may have, and a way to read what its group has had. */
export interface CgroupCpu {
  /** Quota over period, a fraction at times. `undefined` where no group sets a quota. */
  readonly cores: number | undefined;
  /** CPU seconds since the group was made, or `undefined` where the kernel does not say. */
  readonly readUsageSeconds: () => Promise<number | undefined>;
}

/**
 * Finds the tightest CPU quota of this process' control group and those above it. Usage is that of the group
 * which sets the quota; without a quota, that of the own group.
 */
export async function findCgroupCpu(roots: HostRoots, signal: AbortSignal): Promise<CgroupCpu> {
  const hierarchy = await ownCgroup(roots, 'cpu', signal);
  const quota = await tightestLimit(hierarchy, (path) =>
    hierarchy.version === 2
      ? coresOfVersion2(hierarchy, path, signal)
      : coresOfVersion1(hierarchy, path, signal),
  );
  const accounting =
    hierarchy.version === 2 ? hierarchy : await ownCgroup(roots, 'cpuacct', signal);
  const paths = quota ? [quota.path] : accounting.paths;
  return { cores: quota?.limit, readUsageSeconds: () => readUsage(accounting, paths, signal) };
}

async function coresOfVersion2(
  hierarchy: CgroupHierarchy,
  path: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const [quota, period] = (await readCgroup(hierarchy, path, 'cpu.max', signal))?.split(' ') ?? [];
  return quota === 'max' ? undefined : coresOf(Number(quota), Number(period));
}

async function coresOfVersion1(
  hierarchy: CgroupHierarchy,
  path: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const quota = await readCgroupNumber(hierarchy, path, 'cpu.cfs_quota_us', signal);
  const period = await readCgroupNumber(hierarchy, path, 'cpu.cfs_period_us', signal);
  return coresOf(quota ?? -1, period ?? 0);
}

/** A quota of -1 is version 1's "none". */
function coresOf(quota: number, period: number): number | undefined {
  return quota > 0 && period > 0 ? quota / period : undefined;
}

async function readUsage(
  accounting: CgroupHierarchy,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<number | undefined> {
  for (const path of paths) {
    const seconds =
      accounting.version === 2
        ? scaled(
            keyedNumber(await readCgroup(accounting, path, 'cpu.stat', signal), 'usage_usec'),
            1e6,
          )
        : scaled(await readCgroupNumber(accounting, path, 'cpuacct.usage', signal), 1e9);
    if (seconds !== undefined) return seconds;
  }
  return undefined;
}

function scaled(value: number | undefined, unitsPerSecond: number): number | undefined {
  return value === undefined ? undefined : value / unitsPerSecond;
}
