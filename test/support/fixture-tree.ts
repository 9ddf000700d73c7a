import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { HostRoots } from '../../src/probers/shared/host.ts';

/** Makes a directory that stands in for `/proc` and `/sys/fs/cgroup`; gone when the test is over. */
export async function fixtureHost(files: Readonly<Record<string, string>>): Promise<HostRoots> {
  const root = await mkdtemp(join(tmpdir(), 'hce-host-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return { proc: join(root, 'proc'), cgroup: join(root, 'cgroup') };
}
