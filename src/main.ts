#!/usr/bin/env node
import { nodeVersionProblem } from './lib/node-version.ts';

// A reader that has had enough (`check | head`) is no reason to die, least of all for a server's log.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const problem = nodeVersionProblem(process.versions.node);
if (problem === undefined) {
  // Not imported above: an older Node.js could not even read the modules, and would say so in its own words.
  const { runCli } = await import('./cli/run.ts');
  process.exitCode = await runCli(process.argv.slice(2));
} else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 2;
}
