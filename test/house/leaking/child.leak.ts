import { spawn } from 'node:child_process';
import { test } from 'vitest';

test('ends no child', () => {
  // Of no use for longer than this test's own runner may take.
  spawn('sleep', ['20'], { stdio: 'ignore' }).unref();
});
