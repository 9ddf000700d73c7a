/** One line of `/proc/self/mountinfo`, paths unescaped. */
export interface Mount {
  /** Which filesystem it is: the kernel's `major:minor`, the same wherever it is mounted. */
  readonly id: string;
  readonly mountpoint: string;
  readonly device: string;
  readonly fstype: string;
  readonly readOnly: boolean;
}

/**
 * Reads `/proc/self/mountinfo`, in the order of the file: later lines are mounted over earlier ones. Lines that
 * are not understood are left out. The format is described in proc_pid_mountinfo(5).
 */
export function parseMountinfo(text: string): Mount[] {
  return text
    .split('\n')
    .map(parseLine)
    .filter((mount) => mount !== undefined);
}

/** The mount a path without symbolic links lies on: the longest mount point above it, the last of its kind. */
export function findMount(mounts: readonly Mount[], path: string): Mount | undefined {
  let found: Mount | undefined;
  for (const mount of mounts) {
    if (!contains(mount.mountpoint, path)) continue;
    if (!found || mount.mountpoint.length >= found.mountpoint.length) found = mount;
  }
  return found;
}

function parseLine(line: string): Mount | undefined {
  const fields = line.split(' ');
  // The optional fields before the lone dash are of any number.
  const dash = fields.indexOf('-', 6);
  if (dash < 0) return undefined;
  const [id, mountpoint, options] = [fields[2], fields[4], fields[5]];
  const [fstype, device, superOptions] = fields.slice(dash + 1);
  if (!id || !mountpoint || !options || !fstype || device === undefined) return undefined;
  return {
    id,
    mountpoint: unescaped(mountpoint),
    device: unescaped(device),
    fstype: unescaped(fstype),
    readOnly: saysReadOnly(options) || saysReadOnly(superOptions ?? ''),
  };
}

/** The kernel writes space, tab, newline, backslash and `#` as three octal digits. */
function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

// ext4 says `emergency_ro` of a filesystem that an error has made read-only while its option still reads `rw`.
const READ_ONLY = ['ro', 'emergency_ro'];

function saysReadOnly(options: string): boolean {
  return options.split(',').some((option) => READ_ONLY.includes(option));
}

function contains(mountpoint: string, path: string): boolean {
  return mountpoint === '/' || path === mountpoint || path.startsWith(`${mountpoint}/`);
}
