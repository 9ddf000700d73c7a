import { vi } from 'vitest';
import { runCli } from '../../src/cli/run.ts';

/** Runs a command line in this process: for those that start nothing and hear no signals. */
export async function runCliInProcess(words: readonly string[]) {
  const output = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      output[stream] += text;
      return true;
    }),
  );
  try {
    return { code: await runCli(words), ...output };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
