import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files of a new control group and what to write to them, for each version of control groups. */
export interface CgroupSettings {
  readonly v1: Readonly<Record<string, string>>;
  readonly v2: Readonly<Record<string, string>>;
}

/** A real control group with a real limit. */
export interface RealCgroup {
  /** Makes a shell command that runs a program inside the group: its arguments are the shell's `"$@"`. */
  readonly enter: string;
  readonly remove: () => Promise<void>;
}

/** Makes a control group below the root of a controller, or `undefined` where this machine does not let us. */
export async function makeRealCgroup(
  controllers: readonly string[],
  settings: CgroupSettings,
): Promise<RealCgroup | undefined> {
  const v1 = controllers.map((name) => join('/sys/fs/cgroup', name));
  const isV1 = v1.every((directory) => existsSync(join(directory, 'cgroup.procs')));
  const directories: string[] = [];
  const remove = async () => {
    for (const directory of directories) await rmdir(directory).catch(() => {});
  };
  try {
    const [first = '', ...others] = isV1 ? v1 : ['/sys/fs/cgroup'];
    const made = await mkdtemp(join(first, 'hce-limit-'));
    directories.push(made);
    for (const other of others) {
      const same = join(other, made.slice(made.lastIndexOf('/') + 1));
      // Controllers are often mounted together under several names.
      if (!existsSync(same)) await mkdir(same);
      directories.push(same);
    }
    for (const [file, value] of Object.entries(isV1 ? settings.v1 : settings.v2)) {
      await writeFile(join(made, file), value);
    }
  } catch {
    await remove();
    return undefined;
  }
  const joinAll = directories.map((directory) => `echo $$ > ${directory}/cgroup.procs`);
  return { enter: [...joinAll, 'exec "$@"'].join(' && '), remove };
}
