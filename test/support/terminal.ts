import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startChild } from './child.ts';
import { eventually } from './eventually.ts';
import { realPart } from './real-part.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const run = promisify(execFile);

export const hasTerminal = realPart('terminal', ['tmux']);

/** A real terminal in which one command runs. What stands on it stays when that has ended. */
export interface Terminal extends AsyncDisposable {
  /** Its lines from the top down, without spaces at their ends and empty lines at its end. */
  readonly screen: () => Promise<string>;
  /** As tmux names keys: `C-c`. */
  readonly press: (key: string) => Promise<void>;
  readonly resize: (columns: number, rows: number) => Promise<void>;
  /** Waits until the command has ended; its exit code. */
  readonly exitCode: () => Promise<number>;
}

/** @param env added to what every process of a test has. */
export async function startTerminal(
  command: readonly string[],
  { columns = 80, rows = 24, env = {} }: TerminalOptions = {},
): Promise<Terminal> {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryDirectory());
  const server = ['-u', '-f', '/dev/null', '-S', join(path, 'socket')];
  stack.use(startChild('tmux', ['-D', ...server], env));
  const tmux = async (...words: readonly string[]) => {
    const { stdout } = await run('tmux', ['-N', ...server, ...words]);
    return stdout;
  };
  await eventually(() => tmux('set-option', '-g', 'remain-on-exit', 'on'));
  await tmux('set-option', '-g', 'remain-on-exit-format', '');
  await tmux('set-option', '-g', 'status', 'off');
  const size = ['-x', `${columns}`, '-y', `${rows}`];
  const codeFile = join(path, 'exit-code');
  await tmux('new-session', '-d', ...size, '--', 'sh', '-c', TELL_CODE, 'sh', codeFile, ...command);
  const started = stack.move();
  return {
    screen: async () => (await tmux('capture-pane', '-p')).trimEnd().replaceAll(/ +$/gm, ''),
    press: async (key) => void (await tmux('send-keys', key)),
    resize: async (width, height) =>
      void (await tmux('resize-window', '-x', `${width}`, '-y', `${height}`)),
    exitCode: () =>
      eventually(async () => {
        // Then everything that it has written stands there. tmux does not always know how it ended.
        if ((await tmux('display-message', '-p', '#{pane_dead}')).trim() === '0') {
          throw new Error('the command still runs');
        }
        return Number(await readFile(codeFile, 'utf8'));
      }),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** Ctrl-C is for the command alone. */
const TELL_CODE = 'file=$1; shift; trap : INT; "$@"; echo $? > "$file"';

/** How large a terminal is, and what its command finds in its environment. */
interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: NodeJS.ProcessEnv;
}
