#!/usr/bin/env node
import { nodeVersionProblem } from './lib/node-version.ts';

const problem = nodeVersionProblem(process.versions.node);
if (problem === undefined) {
  // Not imported above: an older Node.js could not even read the modules, and would say so in its own words.
  const { runCli } = await import('./cli/run.ts');
  process.exitCode = await runCli(process.argv.slice(2));
} else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 2;
}
