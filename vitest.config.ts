import './tools/node-guard.mjs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The tests wait more than they compute.
    maxWorkers: 2 * availableParallelism(),
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
