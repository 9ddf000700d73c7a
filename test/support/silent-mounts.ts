import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { forThisTest } from './for-this-test.ts';
import { realPart } from './real-part.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const SCRIPT = fileURLToPath(new URL('silent-mounts.py', import.meta.url));

/** Whether {@link silentMounts} can work here. */
export const canMountSilently = realPart('FUSE filesystem', ['unshare', 'python3'], { root: true });

/** Real filesystems whose server does not answer. Only the process that is started by the launcher sees them. */
export interface SilentMounts {
  readonly directories: readonly string[];
  /** A command that runs the one given after it where the filesystems are mounted. */
  readonly launcher: readonly string[];
  /** Lets the server answer everything, what has been asked before too. */
  readonly speak: () => void;
  readonly hush: () => void;
  /** Ends the server: the kernel then fails whatever has been asked. */
  readonly die: () => void;
}

export async function silentMounts(count: number): Promise<SilentMounts> {
  const { path } = await forThisTest(temporaryDirectory());
  const directories = Array.from({ length: count }, (_, index) => join(path, `mount ${index}`));
  for (const directory of directories) await mkdir(directory);
  const pidFile = join(path, 'server.pid');
  const send = (signal: NodeJS.Signals) =>
    void process.kill(Number(readFileSync(pidFile, 'utf8')), signal);
  return {
    directories,
    launcher: ['unshare', '--mount', 'python3', SCRIPT, pidFile, ...directories, '--'],
    speak: () => send('SIGUSR1'),
    hush: () => send('SIGUSR2'),
    die: () => send('SIGKILL'),
  };
}
