import { defineConfig } from 'vitest/config';

/** Files that leave something behind, one after the other in one process, under the guard of all tests. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.leak.ts'],
    setupFiles: ['../../support/leave-nothing-behind.ts'],
    isolate: false,
    maxWorkers: 1,
    env: { LEFT_BEHIND_PATIENCE_MS: '1000' },
  },
});
