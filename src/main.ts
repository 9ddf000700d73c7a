#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { onSignals } from './app/signals.ts';
import { nodeVersionProblem } from './lib/node-version.ts';

/** How long the last bytes and threads may take to end by themselves. */
const PATIENCE_MS = 1000;
/** V8's own: by how much the space for young objects grows at a time. */
const DEFAULT_GROWTH_FACTOR = 2;
/** Garbage may make up half of the heap before it is collected; V8's own limit is three quarters of it and more. */
const HEAP_GROWING_PERCENT = 100;

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that has had enough (`check | head`) is no reason to die, least of all for a server's log.
    if (error.code === 'EPIPE') return;
    process.exitCode = 2;
    if (stream === process.stdout)
      process.stderr.write(`cannot write the output: ${error.message}\n`);
  });
}

// Whoever supervises a server may tell it to reload as soon as it has been started; unheard, the signal would end it.
const stopIgnoringHangUps = onSignals({ SIGHUP: () => {} });

const problem = nodeVersionProblem(process.versions.node);
if (problem === undefined) {
  // Loading code fills the heap once, and its space for young objects would grow for it and stay large.
  setFlagsFromString('--semi-space-growth-factor=1');
  dropUnusedGetters();
  // Not imported above: an older Node.js could not even read the modules, and would say so in its own words.
  const [{ runCli }, { explainError }] = await Promise.all([
    import('./cli/run.ts'),
    import('./cli/explain-error.ts'),
  ]);
  process.setUncaughtExceptionCaptureCallback((error) => {
    process.exitCode = explainError(error);
    endAnyway();
  });
  setFlagsFromString(`--semi-space-growth-factor=${DEFAULT_GROWTH_FACTOR}`);
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`);
  const exitCode = await runCli(process.argv.slice(2), { willNotServe: stopIgnoringHangUps });
  process.exitCode = Math.max(exitCode, Number(process.exitCode ?? 0));
  setTimeout(endAnyway, PATIENCE_MS).unref();
} else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 2;
}

/**
 * An import of `node:http` reads all that the module has, and three of its names load the client behind `fetch` with
 * web streams and worker threads, which nothing here uses: milliseconds and megabytes of every start.
 */
function dropUnusedGetters(): void {
  const http = process.getBuiltinModule('node:http');
  for (const name of ['WebSocket', 'CloseEvent', 'MessageEvent']) {
    Reflect.deleteProperty(http, name);
  }
}

/**
 * Ends also while a call into a file system hangs: that holds its thread, and process.exit() waits for all threads. The
 * kernel does not when another program takes the place of this one, so one does whose only work is to exit with the
 * code: this very Node.js, for nothing else is sure to be there. It gets no environment, so that nothing is preloaded.
 */
function endAnyway(): void {
  const code = Number(process.exitCode ?? 0);
  try {
    process.execve?.(
      process.execPath,
      [process.execPath, '--eval', `process.exitCode = ${code}`],
      {},
    );
  } catch {
    // Not every system has it, or allows it.
  }
  process.kill(process.pid, 'SIGKILL');
}
