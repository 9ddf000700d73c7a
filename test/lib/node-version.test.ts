import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { nodeVersionProblem, OLDEST_NODE } from '../../src/lib/node-version.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { engines } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8'));

// What the machine itself has, without the Node.js that the project brings along.
const path = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((directory) => !directory.includes('node_modules'))
  .join(delimiter);
const machines = spawnSync('/usr/bin/env', ['node', '--version'], {
  env: { PATH: path },
  encoding: 'utf8',
});
const version = machines.stdout?.trim().replace(/^v/, '') ?? '';
const isOld = machines.status === 0 && nodeVersionProblem(version) !== undefined;

describe('the oldest Node.js', () => {
  test('is the one that package.json names', () => {
    expect(engines.node).toBe(`>=${OLDEST_NODE.major}.${OLDEST_NODE.minor}`);
  });

  test.each(['22.19.0', '22.20.1', '23.0.0', '26.10.0', process.versions.node])(
    '%s is new enough',
    (version) => {
      expect(nodeVersionProblem(version)).toBeUndefined();
    },
  );

  test.each(['22.18.9', '20.20.2', '18.0.0', '0.12.18'])('%s is too old', (version) => {
    expect(nodeVersionProblem(version)).toBe(
      `healthcheck-exporter needs Node.js 22.19 or newer, this is ${version}`,
    );
  });
});

describe('on this machine’s own Node.js, which is old,', () => {
  test.skipIf(!isOld)('the npm scripts say what to do in one line', () => {
    const { status, stdout, stderr } = withOldNode([
      '--import',
      './tools/node-guard.mjs',
      'src/main.ts',
      '--version',
    ]);
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: '',
      stderr:
        `healthcheck-exporter needs Node.js ${engines.node}, this is ${version}: run "npm ci", ` +
        'then use the npm scripts, which bring their own.\n',
    });
  });
});

function withOldNode(words: readonly string[]) {
  return spawnSync('/usr/bin/env', ['node', ...words], {
    cwd: ROOT,
    env: { PATH: path },
    encoding: 'utf8',
  });
}
