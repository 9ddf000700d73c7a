import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startChild } from '../support/child.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { tcpServer } from '../support/servers.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** Sends a signal to itself at the moment when most of the program is still to be loaded. */
const EARLY_HANG_UP = `
  import { registerHooks } from 'node:module';
  registerHooks({
    load(url, context, next) {
      if (url.endsWith('/cli/run.ts')) process.kill(process.pid, 'SIGHUP');
      return next(url, context);
    },
  });
`;

test('a reload that is asked for while the program is being loaded does not end it', async () => {
  const preload = `data:text/javascript,${encodeURIComponent(EARLY_HANG_UP)}`;
  const words = ['--import', preload, MAIN, '--config.check'];
  const child = await forThisTest(startChild(process.execPath, words));
  expect(await child.ended).toEqual({ code: 0, signal: null });
  expect(child.stdout()).toContain('embedded default: valid');
});

test('check ends when its terminal is gone', async () => {
  const reached = Promise.withResolvers<void>();
  const { port } = await tcpServer(() => reached.resolve());
  const directory = await forThisTest(temporaryDirectory());
  const file = await directory.write(
    'checks.yml',
    `checks: [{name: Silent, target: "127.0.0.1:${port}", prober: tcp, timeout: 1h, tcp: {query_response: [{expect: x}]}}]`,
  );
  const words = [MAIN, 'check', `--config.file=${file}`];
  const child = await forThisTest(startChild(process.execPath, words));
  await reached.promise;
  child.kill('SIGHUP');
  expect(await child.ended).toEqual({ code: null, signal: 'SIGHUP' });
});
