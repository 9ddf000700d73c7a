import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { startChild } from '../support/child.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

// Says at the end what was loaded: files by an import, and parts of Node.js.
const REPORTER = `
  import { registerHooks } from 'node:module';
  const loaded = [];
  registerHooks({
    load(url, context, next) {
      loaded.push(url);
      return next(url, context);
    },
  });
  process.on('exit', () => console.log(JSON.stringify([...loaded, ...process.moduleLoadList])));
`;

async function loadedBy(...args: readonly string[]): Promise<string[]> {
  const reporter = `data:text/javascript,${encodeURIComponent(REPORTER)}`;
  await using child = startChild(process.execPath, ['--import', reporter, MAIN, ...args]);
  expect(await child.ended, child.stderr()).toMatchObject({ code: 0 });
  return JSON.parse(child.stdout().trimEnd().split('\n').at(-1) ?? '');
}

let loaded: readonly string[] = [];

beforeAll(async () => {
  loaded = await loadedBy('--config.check');
});

test('the configuration is read', () => {
  expect(loaded.filter((name) => /node_modules\/zod\//.test(name))).not.toEqual([]);
});

test.each([
  ['@bufbuild/cel', /node_modules\/@bufbuild\//],
  ['dbus-native', /node_modules\/dbus-native\//],
  ['got', /node_modules\/got\//],
  ['tough-cookie', /node_modules\/(?:tough-cookie|tldts[^/]*)\//],
  ['express, where nothing is served,', /node_modules\/express\//],
  ['ws', /node_modules\/ws\//],
  ['the client behind fetch', /undici/],
])('%s is not loaded for the embedded default', (_what, pattern) => {
  expect(loaded.filter((name) => pattern.test(name))).toEqual([]);
});
