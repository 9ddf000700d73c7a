import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process of a test. It is killed, at the latest, when the test disposes of it. */
export interface Child extends AsyncDisposable {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<Ending>;
  /** Waits until its standard error matches; rejects when the process ends without. */
  readonly says: (pattern: RegExp) => Promise<RegExpExecArray>;
}

/** What a process sees of this one's environment: not more, so that tests run alike everywhere. */
const ENVIRONMENT = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  LC_ALL: 'C.UTF-8',
  // The exporter is started a hundred times: what it is compiled to is kept.
  NODE_COMPILE_CACHE: join(tmpdir(), 'healthcheck-exporter-compile-cache'),
};

/** Starts a process without a shell. */
export function startChild(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Child {
  const child = spawn(command, args, {
    env: { ...ENVIRONMENT, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const ended = new Promise<Ending>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  ended.catch(() => {});

  const says = async (pattern: RegExp) => {
    const heard = new Promise<RegExpExecArray>((resolve) => {
      const listen = () => {
        const found = pattern.exec(output.stderr);
        if (!found) return;
        child.stderr.off('data', listen);
        resolve(found);
      };
      child.stderr.on('data', listen);
      listen();
    });
    const silent = ended.then(({ code }) => {
      throw new Error(`${command} ended with ${code} and never said ${pattern}:\n${output.stderr}`);
    });
    return Promise.race([heard, silent]);
  };
  return {
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    pid: child.pid ?? Number.NaN,
    kill: (signal) => void child.kill(signal),
    ended,
    says,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
