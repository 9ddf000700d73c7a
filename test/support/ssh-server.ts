import { execFile } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startChild } from './child.ts';
import { freePort } from './loopback.ts';
import { realPart } from './real-part.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const run = promisify(execFile);

export const hasSshd = realPart('sshd', ['sshd', 'ssh-keygen', 'setpriv']);

/** A real OpenSSH server on the loopback interface. */
export interface SshServer extends AsyncDisposable {
  readonly port: number;
}

// It insists on being started by its whole path.
const START = 'exec $SETPRIV "$(command -v sshd)" "$@"';
// As root it would need a directory of the system's.
const NOBODY = 'setpriv --reuid=65534 --regid=65534 --clear-groups';

export async function startSshd(): Promise<SshServer> {
  const port = await freePort();
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await temporaryDirectory());
  const key = join(directory.path, 'key');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  // A key of another user's may be readable by everybody.
  if (process.getuid?.() === 0)
    await Promise.all([chmod(directory.path, 0o755), chmod(key, 0o644)]);
  const lines = [`HostKey ${key}`, 'PidFile none', `ListenAddress 127.0.0.1:${port}`, 'UsePAM no'];
  const file = await directory.write('sshd_config', `${lines.join('\n')}\n`);
  const env = { SETPRIV: process.getuid?.() === 0 ? NOBODY : '' };
  const child = stack.use(startChild('sh', ['-c', START, 'sh', '-D', '-e', '-f', file], env));
  await child.says(/Server listening on/);
  const started = stack.move();
  return { port, [Symbol.asyncDispose]: () => started.disposeAsync() };
}
