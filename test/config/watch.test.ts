import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { fingerprint, watchFile } from '../../src/config/watch.ts';
import { eventually } from '../support/eventually.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const INTERVAL_MS = 10;

test('trap 41: a file that is written in pieces, emptied or away for a moment is read when it is whole', async () => {
  const { file, seen, contents } = await watched('before');
  const whole = 'checks:\n  - {name: one, prober: memory}\n  - {name: two, prober: cpu}\n';
  // For longer than a content has to last, and each of them for much less.
  for (let length = 0; length < 45; length++) {
    await writeFile(file, whole.slice(0, length));
    await sleep(INTERVAL_MS);
    await rm(file);
    await sleep(INTERVAL_MS);
  }
  await writeFile(file, whole);
  contents.set(await fingerprint(file), 'whole');
  await eventually(() => expect(seen()).not.toEqual([]));
  await writeFile(file, 'later');
  contents.set(await fingerprint(file), 'later');
  await eventually(() => expect(seen().at(-1)).toBe('later'));
  expect(seen()).toEqual(['whole', 'later']);
});

test('a file that is away and comes back as it was has not changed', async () => {
  const { file, seen, contents } = await watched('before');
  await rm(file);
  await sleep(3 * INTERVAL_MS);
  await writeFile(file, 'before');
  await sleep(3 * INTERVAL_MS);
  await writeFile(file, 'after');
  contents.set(await fingerprint(file), 'after');
  await eventually(() => expect(seen()).toEqual(['after']));
});

test('what was written between the first reading and the first look is seen', async () => {
  const directory = await forThisTest(temporaryDirectory());
  const file = await directory.write('checks.yml', 'loaded');
  const known = await fingerprint(file);
  await writeFile(file, 'later');
  await new Promise<void>((resolve) => {
    const changed = async () => resolve();
    onTestFinished(watchFile(file, { known, intervalSeconds: 60, settledMs: 1, changed }));
  });
});

test('trap 41: a link that is pointed elsewhere, as in a mounted ConfigMap, is followed', async () => {
  const { path } = await forThisTest(temporaryDirectory());
  const publish = async (version: string) => {
    await mkdir(join(path, version));
    await writeFile(join(path, version, 'checks.yml'), version);
    await symlink(version, join(path, '..data_tmp'));
    await rename(join(path, '..data_tmp'), join(path, '..data'));
  };
  await publish('..2026_1');
  const file = join(path, 'checks.yml');
  await symlink('..data/checks.yml', file);
  const { seen, contents } = await watch(file);
  for (const version of ['..2026_2', '..2026_3']) {
    await publish(version);
    contents.set(await fingerprint(file), version);
    await eventually(() => expect(seen().at(-1)).toBe(version));
    await rm(join(path, version === '..2026_2' ? '..2026_1' : '..2026_2'), { recursive: true });
  }
  expect(seen()).toEqual(['..2026_2', '..2026_3']);
});

async function watched(text: string) {
  const directory = await forThisTest(temporaryDirectory());
  const file = await directory.write('checks.yml', text);
  return { file, ...(await watch(file)) };
}

/** Watches a file. `seen` names what it held whenever it had changed, by `contents`. */
async function watch(file: string) {
  const contents = new Map<string | undefined, string>();
  const found: (string | undefined)[] = [];
  const stop = watchFile(file, {
    known: await fingerprint(file),
    intervalSeconds: INTERVAL_MS / 1000,
    // Long after the longest pause of whoever writes here, on a busy machine too.
    settledMs: 700,
    changed: async () => void found.push(await fingerprint(file)),
  });
  onTestFinished(stop);
  return { contents, seen: () => found.map((print) => contents.get(print) ?? 'something else') };
}
