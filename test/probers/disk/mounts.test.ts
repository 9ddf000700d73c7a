import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { ProbeOutcome } from '../../../src/probers/contract.ts';
import { diskProber } from '../../../src/probers/disk.ts';
import { fixtureHost } from '../../support/fixture-tree.ts';
import { forThisTest } from '../../support/for-this-test.ts';
import { probe } from '../../support/probe.ts';
import { realPart } from '../../support/real-part.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const run = promisify(execFile);
const PROBE_ONCE = fileURLToPath(new URL('../../support/probe-once.ts', import.meta.url));
const canMount = realPart('mount', ['unshare', 'mount'], { root: true });

describe.skipIf(!canMount)('a filesystem really mounted', () => {
  test('and nearly full breaks both limits', async () => {
    const fill = 'head -c 950272 /dev/zero > "$D/a"; for i in 1 2 3 4 5; do : > "$D/$i"; done';
    const outcome = await probeMounted('size=1m,nr_inodes=8', fill, {
      max_used_percent: 80,
      max_inodes_used_percent: 75.5,
    });
    expect(outcome.failure).toEqual({
      reason: 'threshold',
      message: '90.6 % used, at most 80 % allowed; inodes 87.5 % used, at most 75.5 % allowed',
    });
    expect(sample(outcome, 'probe_disk_size_bytes')).toBe(1024 * 1024);
    expect(sample(outcome, 'probe_disk_inodes')).toBe(8);
    expect(sample(outcome, 'probe_disk_inodes_free')).toBe(1);
  });

  test('and read-only says so, and fails where it is told to', async () => {
    const remount = 'mount -o remount,ro "$D"';
    const tolerant = await probeMounted('size=1m', remount, {});
    expect(tolerant.success).toBe(true);
    expect(sample(tolerant, 'probe_disk_read_only')).toBe(1);
    const strict = await probeMounted('size=1m', remount, { fail_if_read_only: true });
    expect(strict.failure?.reason).toBe('state');
    expect(strict.failure?.message).toMatch(/\/a mount is mounted read-only$/);
  });
});

describe('a filesystem that is read-only only in a sandbox', () => {
  test.skipIf(!canMount)('is not called read-only', async () => {
    const { stdout } = await run('unshare', [
      ...['--mount', 'sh', '-c', 'mount -o remount,bind,ro / && exec "$@"', 'sh'],
      ...[process.execPath, PROBE_ONCE, 'disk', '{"fail_if_read_only":true}', '/'],
    ]);
    const outcome = JSON.parse(stdout)[0] as ProbeOutcome;
    expect(outcome.success).toBe(true);
    expect(sample(outcome, 'probe_disk_read_only')).toBe(0);
  });

  test('is called so where the first process has another one there, or does not tell', async () => {
    const line = (id: string, options: string) =>
      `27 1 ${id} / / ${options},relatime - overlay overlay rw\n`;
    const inside = { 'proc/self/mountinfo': line('0:1', 'ro') };
    const readOnly = async (tree: Record<string, string>) => {
      const outcome = await probe(diskProber(await fixtureHost(tree)), '/');
      return outcome.value('probe_disk_read_only');
    };
    expect(await readOnly({ ...inside, 'proc/1/mountinfo': line('0:2', 'rw') })).toBe(1);
    expect(await readOnly({ ...inside, 'proc/1/mountinfo': line('0:1', 'ro') })).toBe(1);
    expect(await readOnly(inside)).toBe(1);
    expect(await readOnly({ ...inside, 'proc/1/mountinfo': line('0:1', 'rw') })).toBe(0);
  });
});

/** Mounts a tmpfs on a path with a space in it, where only the probing process sees it. */
async function probeMounted(
  mountOptions: string,
  prepare: string,
  options: Record<string, unknown>,
): Promise<ProbeOutcome> {
  const { path } = await forThisTest(temporaryDirectory());
  const directory = join(path, 'a mount');
  await mkdir(directory);
  const script = `mount -t tmpfs -o "$1" 'the device' "$D" && { ${prepare}; } && shift && exec "$@"`;
  const { stdout } = await run(
    'unshare',
    ['--mount', 'sh', '-c', script, 'sh', mountOptions].concat([
      process.execPath,
      PROBE_ONCE,
      'disk',
      JSON.stringify(options),
      directory,
    ]),
    { env: { PATH: process.env.PATH, D: directory } },
  );
  const outcome = JSON.parse(stdout)[0] as ProbeOutcome;
  expect(outcome.samples).toContainEqual({
    name: 'probe_disk_info',
    value: 1,
    labels: { device: 'the device', fstype: 'tmpfs', mountpoint: directory },
  });
  return outcome;
}

function sample({ samples }: ProbeOutcome, wanted: string): number | undefined {
  return samples.find(({ name }) => name === wanted)?.value;
}
