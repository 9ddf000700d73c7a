#!/usr/bin/env node
import { nodeVersionProblem } from './lib/node-version.ts';

/** How long the last bytes and threads may take to end by themselves. */
const PATIENCE_MS = 2000;

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that has had enough (`check | head`) is no reason to die, least of all for a server's log.
    if (error.code === 'EPIPE') return;
    process.exitCode = 2;
    if (stream === process.stdout)
      process.stderr.write(`cannot write the output: ${error.message}\n`);
  });
}

const problem = nodeVersionProblem(process.versions.node);
if (problem === undefined) {
  // Not imported above: an older Node.js could not even read the modules, and would say so in its own words.
  const { runCli } = await import('./cli/run.ts');
  process.exitCode = Math.max(await runCli(process.argv.slice(2)), Number(process.exitCode ?? 0));
  // A call into a file system that hangs holds its thread, and with it the process, against process.exit() too.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), PATIENCE_MS).unref();
} else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 2;
}
