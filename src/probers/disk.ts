import type { BigIntStatsFs } from 'node:fs';
import { readlink, statfs } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { timerMs } from '../lib/timer.ts';
import { defineProber, type ProbeContext, type Prober } from './contract.ts';
import { createMountCalls, type MountCalls } from './disk/mount-calls.ts';
import { followLinks } from './disk/real-path.ts';
import { errorCode } from './failure.ts';
import { HOST_ROOTS, type HostRoots, readProc } from './shared/host.ts';
import { findMount, type Mount, parseMountinfo } from './shared/mountinfo.ts';
import { boolean, percent } from './shared/options.ts';
import { emitLimits, exceeded, thresholdMetrics, together } from './shared/threshold.ts';

const options = z.strictObject({
  max_used_percent: percent()
    .optional()
    .describe(
      'Fails when more of the space is used, in percent of what is used and available to users, as `df` says it. ' +
        'Of a filesystem without a size, such as `/proc`, the limit cannot be judged, which fails too.',
    ),
  max_inodes_used_percent: percent()
    .optional()
    .describe(
      'Fails when more of the inodes are used, in percent. Always kept by filesystems that have no fixed number ' +
        'of inodes, such as btrfs and vfat.',
    ),
  fail_if_read_only: boolean()
    .default(false)
    .describe('Fails when the filesystem is mounted read-only, be it by option or after an error.'),
});

const metrics = {
  probe_disk_size_bytes: { help: 'Size of the filesystem.' },
  probe_disk_free_bytes: { help: 'Free space, what is reserved for root included.' },
  probe_disk_available_bytes: { help: 'Free space that users other than root may fill.' },
  probe_disk_used_ratio: { help: 'Used space as a share of used and available space.' },
  probe_disk_inodes: { help: 'Inodes of the filesystem, where their number is fixed.' },
  probe_disk_inodes_free: { help: 'Free inodes, where their number is fixed.' },
  probe_disk_read_only: { help: 'Whether the filesystem is mounted read-only.' },
  probe_disk_info: {
    help: 'The filesystem the path lies on. Always 1.',
    labels: ['device', 'fstype', 'mountpoint'],
  },
  probe_disk_stuck: {
    help: 'Whether the filesystem has not answered: 1 while the first look that hangs has not returned.',
  },
  ...thresholdMetrics,
} as const;

type Context = ProbeContext<z.output<typeof options>, typeof metrics>;

/** What the kernel says of the filesystem below a path. Bytes, and numbers of inodes. */
interface Filesystem {
  readonly size: number;
  readonly free: number;
  readonly available: number;
  readonly inodes: number;
  readonly inodesFree: number;
}

/** The calls into filesystems, each of which may never return. */
export interface FilesystemCalls {
  readonly readlink: (path: string) => Promise<string>;
  readonly statfs: (path: string, options: { bigint: true }) => Promise<BigIntStatsFs>;
}

/** Makes the prober with its memory of the calls that have not returned. */
export function diskProber(
  roots: HostRoots,
  calls: FilesystemCalls = { readlink, statfs },
): Prober {
  const mountCalls = createMountCalls();
  return defineProber({
    name: 'disk',
    isLocal: true,
    summary: 'Free space, free inodes and writability of the filesystem a path lies on.',
    target: {
      description: 'an absolute path on the filesystem',
      example: '/var/lib',
      problem: (target) => {
        if (target === '') return 'is empty, expected a path such as "/"';
        if (!isAbsolute(target)) return 'is not an absolute path: it must begin with "/"';
        return target.includes('\0') ? 'holds a NUL byte' : undefined;
      },
    },
    options,
    metrics,
    probe: async (context) => {
      const { options, emit } = context;
      emitLimits(emit, { disk: options.max_used_percent, inodes: options.max_inodes_used_percent });
      // First, as this file never hangs and tells apart a host that cannot be asked at all.
      const mounts = parseMountinfo(await readProc(roots, 'self/mountinfo', context.signal));
      const { realPath, filesystem } = await look(context, { mounts, mountCalls, calls });
      const mount = await unlessSandboxed(findMount(mounts, realPath), realPath, roots);
      emitFilesystem(context, filesystem);
      emitMount(context, mount);
      judge(context, filesystem, mount);
    },
  });
}

export const disk = diskProber(HOST_ROOTS);

interface Lookout {
  readonly mounts: readonly Mount[];
  readonly mountCalls: MountCalls;
  readonly calls: FilesystemCalls;
}

/** Finds the real path and what is below it. It stands as stuck until every call has returned. */
async function look(
  context: Context,
  { mounts, mountCalls, calls }: Lookout,
): Promise<{ realPath: string; filesystem: Filesystem }> {
  const into = <T>(path: string, call: () => Promise<T>): Promise<T> => {
    const mount = findMount(mounts, path);
    return mount ? callInto(context, mount, mountCalls, call) : call();
  };
  context.emit('probe_disk_stuck', 1);
  try {
    const realPath = await followLinks(context.target, (path) =>
      into(path, () => readLink(path, calls)),
    );
    const stats = await into(realPath, () => calls.statfs(realPath, { bigint: true }));
    context.emit('probe_disk_stuck', 0);
    return { realPath, filesystem: readStats(stats) };
  } catch (error) {
    if (errorCode(error) !== '') context.emit('probe_disk_stuck', 0);
    return explain(context, error);
  }
}

/**
 * Calls into a mount. Where an earlier call has not returned, the mount is given no more time in all than this check has:
 * nothing once it had that, and else the rest.
 */
async function callInto<T>(
  { fail, signal, timeoutSeconds }: Context,
  mount: Mount,
  mountCalls: MountCalls,
  call: () => Promise<T>,
): Promise<T> {
  const outFor = mountCalls.outForSeconds(mount) ?? 0;
  // Of a call that is younger this check's own time is over soon enough, and nearly always it returns at once.
  if (outFor < timeoutSeconds / 2) return mountCalls.make(mount, call, signal);
  if (outFor >= timeoutSeconds) fail('timeout', stuckSentence(mount, outFor));
  const rest = AbortSignal.timeout(timerMs(timeoutSeconds - outFor));
  try {
    return await mountCalls.make(mount, call, AbortSignal.any([signal, rest]));
  } catch (error) {
    return error === rest.reason
      ? fail('timeout', stuckSentence(mount, timeoutSeconds))
      : Promise.reject(error);
  }
}

function stuckSentence({ mountpoint }: Mount, outForSeconds: number): string {
  const since = new Date(Date.now() - outForSeconds * 1000);
  return `the filesystem at ${mountpoint} has not answered since ${since.toISOString()}`;
}

async function readLink(path: string, calls: FilesystemCalls): Promise<string | undefined> {
  try {
    return await calls.readlink(path);
  } catch (error) {
    if (errorCode(error) === 'EINVAL') return undefined;
    throw error;
  }
}

function readStats(stats: BigIntStatsFs): Filesystem {
  // The counts are in fragments, which FUSE and network filesystems do not make as large as the block that is
  // best to read. Older versions of Node.js do not tell the fragment.
  const unit = stats.frsize || stats.bsize;
  return {
    size: Number(stats.blocks * unit),
    free: Number(stats.bfree * unit),
    available: Number(stats.bavail * unit),
    inodes: Number(stats.files),
    inodesFree: Number(stats.ffree),
  };
}

/**
 * A sandbox shows filesystems as read-only that are not, as systemd's `ProtectSystem=` does. The first process of the
 * host tells how they are, where it has the same filesystem at this path and may be looked at.
 */
async function unlessSandboxed(
  mount: Mount | undefined,
  path: string,
  roots: HostRoots,
): Promise<Mount | undefined> {
  if (!mount?.readOnly) return mount;
  const outside = findMount(
    parseMountinfo(await readProc(roots, '1/mountinfo').catch(() => '')),
    path,
  );
  return outside?.id === mount.id ? { ...mount, readOnly: outside.readOnly } : mount;
}

function explain({ target, fail }: Context, error: unknown): never {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') fail('not_found', `${target} does not exist`);
  if (code === 'EACCES' || code === 'EPERM') {
    fail('permission', `the exporter may not look at ${target}`);
  }
  throw error;
}

function emitFilesystem({ emit }: Context, filesystem: Filesystem): void {
  emit('probe_disk_size_bytes', filesystem.size);
  emit('probe_disk_free_bytes', filesystem.free);
  emit('probe_disk_available_bytes', filesystem.available);
  const ratio = usedRatio(filesystem);
  if (ratio !== undefined) emit('probe_disk_used_ratio', ratio);
  if (filesystem.inodes === 0) return;
  emit('probe_disk_inodes', filesystem.inodes);
  emit('probe_disk_inodes_free', filesystem.inodesFree);
}

/** The share `df` and psutil show: what is reserved for root is neither used nor available. */
function usedRatio({ size, free, available }: Filesystem): number | undefined {
  const used = size - free;
  return used + available > 0 ? used / (used + available) : undefined;
}

function emitMount({ emit, log }: Context, mount: Mount | undefined): void {
  if (!mount) {
    log('no mount point of this path was found');
    return;
  }
  const { device, fstype, mountpoint, readOnly } = mount;
  emit('probe_disk_info', 1, { device, fstype, mountpoint });
  emit('probe_disk_read_only', readOnly ? 1 : 0);
}

function judge(
  { target, options, fail, log }: Context,
  filesystem: Filesystem,
  mount: Mount | undefined,
): void {
  const ratio = usedRatio(filesystem);
  if (options.fail_if_read_only) {
    if (!mount) fail('unsupported', `cannot tell whether ${target} is read-only`);
    if (mount?.readOnly) fail('state', `${mount.mountpoint} is mounted read-only`);
  }
  if (options.max_used_percent !== undefined && ratio === undefined) {
    fail(
      'unsupported',
      `the filesystem of ${target} has no size, so how full it is cannot be said`,
    );
  }
  if (options.max_inodes_used_percent !== undefined && filesystem.inodes === 0) {
    log('this filesystem has no fixed number of inodes to run out of');
  }
  const { inodes, inodesFree } = filesystem;
  const problem = together([
    exceeded({ maxPercent: options.max_used_percent, usedRatio: ratio }),
    exceeded({
      maxPercent: options.max_inodes_used_percent,
      usedRatio: inodes > 0 ? (inodes - inodesFree) / inodes : undefined,
      what: 'inodes',
    }),
  ]);
  if (problem) fail('threshold', problem);
}
