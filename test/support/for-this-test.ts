import { onTestFinished } from 'vitest';

/** Waits for something to start, and ends it with the test, also where that fails or times out. */
export async function forThisTest<T extends AsyncDisposable>(starting: T | Promise<T>): Promise<T> {
  const started = await starting;
  onTestFinished(() => started[Symbol.asyncDispose]());
  return started;
}
