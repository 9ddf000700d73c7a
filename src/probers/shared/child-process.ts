import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface Running {
  /** Kills the program, whatever it does against it. */
  readonly signal: AbortSignal;
  readonly maxOutputBytes: number;
  /** Absent: this process' own. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/**
 * Runs a program without a shell, to its end.
 *
 * @throws what `execFile` rejects with: `code` is the exit status, or a word where it could not be run.
 */
export async function runProgram(
  command: string,
  args: readonly string[],
  { signal, maxOutputBytes, ...options }: Running,
): Promise<{ stdout: string; stderr: string }> {
  signal.throwIfAborted();
  const running = run(command, args, {
    ...options,
    maxBuffer: maxOutputBytes,
    killSignal: 'SIGKILL',
  });
  // Node.js' own answer to a signal is SIGTERM, whatever the option says, and that can be ignored.
  const kill = () => running.child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  try {
    return await running;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', kill);
  }
}
