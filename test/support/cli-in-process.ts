import { vi } from 'vitest';
import { runCli } from '../../src/cli/run.ts';

/** As in {@link startChild}: what is printed does not depend on the locale of whoever runs the tests. */
const LOCALE = 'C.UTF-8';

/** Runs a command line in this process: for those that start nothing and hear no signals. */
export async function runCliInProcess(words: readonly string[]) {
  const output = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      output[stream] += text;
      return true;
    }),
  );
  const { LC_ALL } = process.env;
  process.env.LC_ALL = LOCALE;
  try {
    return { code: await runCli(words), ...output };
  } finally {
    if (LC_ALL === undefined) delete process.env.LC_ALL;
    else process.env.LC_ALL = LC_ALL;
    for (const spy of spies) spy.mockRestore();
  }
}
