import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, rmdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { realPart } from './real-part.ts';

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('systemd-user-manager.sh', import.meta.url));
const READY_TIMEOUT_MS = 15_000;

/** Whether {@link startSystemdUserManager} can work here: its programs are installed and this is root. */
export const hasSystemdUserManager = realPart(
  'systemd user manager',
  ['unshare', 'nsenter', 'systemctl', 'dbus-daemon'],
  { root: true },
);

/** A real systemd with a real bus, which programs outside its namespaces can talk to. */
export interface SystemdUserManager {
  /** What makes `systemctl --user` and every D-Bus program find it. */
  readonly env: { readonly XDG_RUNTIME_DIR: string; readonly DBUS_SESSION_BUS_ADDRESS: string };
  readonly runtimeDir: string;
  /** Writes a unit file; `systemctl('daemon-reload')` makes it known. */
  readonly addUnit: (name: string, text: string) => Promise<void>;
  /**
   * Runs a program in the manager's namespaces and resolves with what it prints. From outside, systemd answers on
   * its bus only: on its own socket it wants to see who asks.
   */
  readonly inside: (
    command: string,
    args: readonly string[],
    env?: NodeJS.ProcessEnv,
  ) => Promise<string>;
  /** Runs `systemctl --user`. Resolves with what it prints, rejects where it fails. */
  readonly systemctl: (...args: string[]) => Promise<string>;
  /** Waits until the unit is in this state, as `systemctl show` has it: `activating (auto-restart)`. */
  readonly waitFor: (unit: string, state: string) => Promise<void>;
  /** Ends the manager and everything it started, and removes every trace. */
  readonly stop: () => Promise<void>;
}

export async function startSystemdUserManager(): Promise<SystemdUserManager> {
  const runtimeDir = await mkdtemp(join(tmpdir(), 'hce-systemd-'));
  const home = join(runtimeDir, 'home');
  const units = join(home, '.config/systemd/user');
  await mkdir(units, { recursive: true });
  const cgroups = await makeCgroups(runtimeDir);
  const address = {
    XDG_RUNTIME_DIR: runtimeDir,
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(runtimeDir, 'bus')}`,
  };
  const env = { PATH: process.env.PATH, HOME: home, ...address };
  const child = spawn(
    'unshare',
    ['--pid', '--fork', '--mount', '--mount-proc', '--kill-child', SCRIPT, runtimeDir],
    { env, stdio: 'ignore' },
  );
  const inside = async (command: string, args: readonly string[], more: NodeJS.ProcessEnv = {}) =>
    (
      await run('nsenter', [...(await namespaces(child)), command, ...args], {
        env: { ...env, ...more },
      })
    ).stdout;
  const systemctl = (...args: string[]) => inside('systemctl', ['--user', ...args]);
  const stop = async () => {
    await end(child);
    for (const cgroup of cgroups) await removeCgroup(cgroup);
    await rm(runtimeDir, { recursive: true, force: true });
  };
  const manager: SystemdUserManager = {
    env: address,
    runtimeDir,
    addUnit: (name, text) => writeFile(join(units, name), text),
    inside,
    systemctl,
    waitFor: (unit, state) =>
      until(`${unit} to be ${state}`, async () => {
        const shown = await systemctl('show', '--value', '--property=ActiveState,SubState', unit);
        return state === shown.trim().replace(/\n+(.*)$/, ' ($1)');
      }),
    stop,
  };
  try {
    await until('the manager to run', async () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
      return /running|degraded/.test(await systemctl('is-system-running').catch(() => ''));
    });
    // It takes its name on the bus a little after it runs.
    await until('the manager to be on its bus', async () => {
      return (await inside('busctl', NAME_HAS_OWNER)).trim() === 'b true';
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return manager;
}

const BUS = 'org.freedesktop.DBus';
const NAME_HAS_OWNER = [
  ...['--user', 'call', BUS, '/org/freedesktop/DBus', BUS],
  ...['NameHasOwner', 's', 'org.freedesktop.systemd1'],
];

/** A control group for each hierarchy systemd uses, below the one this process is in. */
async function makeCgroups(runtimeDir: string): Promise<string[]> {
  const links = join(runtimeDir, 'cgroups');
  await mkdir(links);
  const made: string[] = [];
  for (const line of (await readFile('/proc/self/cgroup', 'utf8')).split('\n')) {
    const [, controllers, path = '/'] = line.split(':');
    const mounts =
      controllers === ''
        ? ['/sys/fs/cgroup/unified', '/sys/fs/cgroup']
        : controllers === 'name=systemd'
          ? ['/sys/fs/cgroup/systemd']
          : [];
    for (const mount of mounts) {
      if (!existsSync(join(mount, path, 'cgroup.procs'))) continue;
      const cgroup = join(mount, path, runtimeDir.slice(runtimeDir.lastIndexOf('/') + 1));
      await mkdir(cgroup);
      await symlink(cgroup, join(links, String(made.push(cgroup))));
      break;
    }
  }
  return made;
}

async function namespaces({ pid }: ChildProcess): Promise<string[]> {
  const init = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim();
  return [`--target=${init}`, '--mount', '--pid', '--'];
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** Deepest first; the kernel may need a moment until the last process is gone. */
async function removeCgroup(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.isDirectory()) await removeCgroup(join(directory, entry.name));
  }
  await until(`${directory} to be empty`, () =>
    rmdir(directory).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
    ),
  );
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(50);
  }
}
