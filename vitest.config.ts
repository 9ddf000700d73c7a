import './tools/node-guard.mjs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** These test functions that remember nothing. */
const OF_FUNCTIONS = [
  'bench',
  'config',
  'docs',
  'history',
  'house',
  'lib',
  'metrics',
  'web-config',
];
/** These test processes that they start: what one of them leaves behind in its own touches no other. */
const OF_PROCESSES = ['alerting', 'dashboards', 'e2e', 'examples', 'torture'];
/** These test what talks to servers, and close them. */
const OF_SERVERS = ['differential', 'policy', 'probers', 'web'];
/** But these change what the process has, or look at what it remembers: authorities, variables, lookups, functions that are spied on. */
const OF_SERVERS_ALONE = [
  'test/probers/http/{bodies,no-proxy,proxies,proxy-faults}.test.ts',
  'test/probers/shared/{address,files,receiver,trust,verified-chains}.test.ts',
  'test/probers/{dns/records,systemd/buses,systemd/user-manager}.test.ts',
];

const filesIn = (directories: readonly string[]) =>
  directories.map((directory) => `test/${directory}/**/*.test.ts`);

// A worker of its own costs a file a third of a second of CPU time: only those get one whose tests change what is
// shared in a process, or count it. Projects begin in the order of their names: those whose files wait long first, the
// one of the many short files last.
export default defineConfig({
  test: {
    // The tests wait more than they compute.
    maxWorkers: Math.ceil(2.5 * availableParallelism()),
    testTimeout: 20_000,
    hookTimeout: 30_000,
    setupFiles: ['test/support/disposable-stack.ts', 'test/support/leave-nothing-behind.ts'],
    projects: [
      {
        extends: true,
        test: { name: 'units', include: filesIn(OF_FUNCTIONS), isolate: false },
      },
      {
        extends: true,
        test: { name: 'processes', include: filesIn(OF_PROCESSES), isolate: false },
      },
      {
        extends: true,
        test: {
          name: 'servers',
          include: filesIn(OF_SERVERS),
          exclude: OF_SERVERS_ALONE,
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: 'alone, of servers', include: OF_SERVERS_ALONE },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['test/**/*.test.ts'],
          exclude: filesIn([...OF_FUNCTIONS, ...OF_PROCESSES, ...OF_SERVERS]),
        },
      },
    ],
  },
});
