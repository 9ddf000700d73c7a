import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Turns } from '../../lib/turns.ts';
import { inTurn } from './held-up.ts';

const run = promisify(execFile);

// Each takes a process, three descriptors and a millisecond of this one's time. Who asks /probe asks for thousands.
const programs = new Turns(256);

interface Running {
  /** Kills the program, whatever it does against it. */
  readonly signal: AbortSignal;
  readonly maxOutputBytes: number;
  /** Absent: this process' own. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program without a shell, to its end. At most 256 run at once; a probe whose time is over while it waits for its
 * turn is not called down.
 *
 * @throws what `execFile` rejects with: `code` is the exit status, or a word where it could not be run.
 */
export function runProgram(
  command: string,
  args: readonly string[],
  running: Running,
): Promise<Output> {
  return inTurn(programs, () => runNow(command, args, running), running);
}

async function runNow(
  command: string,
  args: readonly string[],
  { signal, maxOutputBytes, ...options }: Running,
): Promise<Output> {
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
