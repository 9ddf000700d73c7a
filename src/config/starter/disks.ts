import { HOST_ROOTS, type HostRoots, readProc } from '../../probers/shared/host.ts';
import { findMount, type Mount, parseMountinfo } from '../../probers/shared/mountinfo.ts';
import { listed, type Section, type Suggestion, whyNot } from './section.ts';

/** More would be volumes that some program manages. */
const MAX_DISKS = 20;
/** A server that is gone makes a look at them hang: they get more time, and hang alone. */
const NETWORK_TIMEOUT = '10s';
const LIMITS = { max_used_percent: 90, max_inodes_used_percent: 90 };

/** The filesystems that can fill up. */
export async function disksSection(roots: HostRoots = HOST_ROOTS): Promise<Section> {
  const section = {
    title: 'Disks',
    intro:
      'Fails when more of the space or of the inodes is used, or when the kernel has made it read-only after an error.',
  };
  try {
    const mounts = disksAmong(parseMountinfo(await readProc(roots, 'self/mountinfo')));
    const rest = mounts.slice(MAX_DISKS).map(({ mountpoint }) => mountpoint);
    return {
      ...section,
      suggestions: mounts.slice(0, MAX_DISKS).map(suggestDisk),
      remarks: rest.length > 0 ? [`Not listed above: ${listed(rest, MAX_DISKS)}.`] : [],
    };
  } catch (error) {
    const check = { name: 'Disk /', target: '/', prober: 'disk', disk: LIMITS };
    return {
      ...section,
      suggestions: [{ check, isUncertain: true }],
      remarks: [whyNot(error)],
    };
  }
}

const LOCAL =
  /^(?:ext[234]|xfs|btrfs|zfs|f2fs|jfs|nilfs2|reiserfs|bcachefs|vfat|exfat|ntfs3?|fuseblk)$/;
const NETWORK =
  /^(?:nfs4?|cifs|smb3|ceph|9p|lustre|beegfs|gpfs|ocfs2|gfs2|virtiofs|fuse\.(?:sshfs|glusterfs|ceph|s3fs|rclone))$/;
// What container engines, Kubernetes, snap and desktops mount for themselves; files that a container is given.
const FOREIGN =
  /^\/(?:dev|etc|proc|run|snap|sys|var\/snap|var\/lib\/(?:docker|containers|containerd|kubelet|snapd|lxd|incus))\//;

/** The mounts that somebody would call a disk, each filesystem once: where its path is shortest. */
function disksAmong(mounts: readonly Mount[]): Mount[] {
  const byFilesystem = new Map<string, Mount>();
  for (const mount of mounts) {
    const { id, mountpoint, fstype } = mount;
    // The root counts whatever it is: what a container writes ends up on some disk.
    const isDisk = mountpoint === '/' || LOCAL.test(fstype) || NETWORK.test(fstype);
    if (!isDisk || FOREIGN.test(mountpoint) || findMount(mounts, mountpoint) !== mount) continue;
    const known = byFilesystem.get(id);
    if (!known || mountpoint.length < known.mountpoint.length) byFilesystem.set(id, mount);
  }
  return [...byFilesystem.values()].sort((a, b) => (a.mountpoint < b.mountpoint ? -1 : 1));
}

function suggestDisk({ mountpoint, device, fstype, readOnly }: Mount): Suggestion {
  const timeout = NETWORK.test(fstype) ? { timeout: NETWORK_TIMEOUT } : {};
  const disk = readOnly ? LIMITS : { ...LIMITS, fail_if_read_only: true };
  return {
    check: { name: `Disk ${mountpoint}`, target: mountpoint, prober: 'disk', ...timeout, disk },
    aside: `${fstype} on ${device}${readOnly ? ', read-only' : ''}`,
  };
}
