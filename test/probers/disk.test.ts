import { execFile } from 'node:child_process';
import { statfs, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { followLinks } from '../../src/probers/disk/real-path.ts';
import { disk, diskProber } from '../../src/probers/disk.ts';
import { HOST_ROOTS } from '../../src/probers/shared/host.ts';
import { findMount, parseMountinfo } from '../../src/probers/shared/mountinfo.ts';
import { exceeded } from '../../src/probers/shared/threshold.ts';
import { fixtureHost } from '../support/fixture-tree.ts';
import { forThisTest } from '../support/for-this-test.ts';
import { probe } from '../support/probe.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const run = promisify(execFile);

describe('a path', () => {
  const problem = (target: string) => disk.target?.problem(target);

  test.each([
    ['/', undefined],
    ['/var/lib', undefined],
    ['', 'is empty, expected a path such as "/"'],
    ['var/lib', 'is not an absolute path: it must begin with "/"'],
    ['/a\0b', 'holds a NUL byte'],
  ])('%j', (target, expected) => {
    expect(problem(target)).toBe(expected);
  });

  test('that does not exist is not found', async () => {
    const outcome = await probe(disk, '/no/such/path');
    expect(outcome.failure).toEqual({
      reason: 'not_found',
      message: '/no/such/path does not exist',
    });
  });

  test('that nobody may look at is a matter of permission', async () => {
    const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    const outcome = await probe(
      diskProber(HOST_ROOTS, { readlink: () => Promise.reject(denied), statfs }),
      '/root/x',
    );
    expect(outcome.failure).toEqual({
      reason: 'permission',
      message: 'the exporter may not look at /root/x',
    });
  });
});

describe('options', () => {
  test('are percentages from 0 to 100 and booleans as YAML 1.1 had them', () => {
    expect(disk.options.safeParse({ max_used_percent: 101 }).success).toBe(false);
    expect(disk.options.safeParse({ max_inodes_used_percent: -1 }).success).toBe(false);
    expect(disk.options.safeParse({ max_used: 80 }).success).toBe(false);
    expect(disk.options.parse({ fail_if_read_only: 'yes' })).toEqual({ fail_if_read_only: true });
    expect(disk.options.parse({})).toEqual({ fail_if_read_only: false });
  });
});

describe('mountinfo', () => {
  const text = [
    '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard',
    '40 27 0:40 / /mnt/my\\040disk\\134\\011x rw shared:7 master:1 - xfs /dev/mapper/a\\040b rw',
    '41 27 0:41 / /data rw - ext4 /dev/sda1 rw',
    '42 27 0:42 / /data rw - tmpfs tmpfs rw',
    '43 27 0:43 / /database ro,relatime - ext4 /dev/sdb1 rw',
    '44 27 0:44 / /broken rw - ext4 /dev/sdc1 rw,emergency_ro',
    '45 27 0:45 / /super rw - ext4 /dev/sdd1 ro',
    '46 27 0:46 / /rootless rw - overlay  rw,lowerdir=/ro',
    'nonsense',
    '',
  ].join('\n');
  const mounts = parseMountinfo(text);
  const at = (path: string) => findMount(mounts, path);

  test('has its escapes undone and its optional fields skipped', () => {
    expect(at('/mnt/my disk\\\tx/file')).toEqual({
      id: '0:40',
      mountpoint: '/mnt/my disk\\\tx',
      device: '/dev/mapper/a b',
      fstype: 'xfs',
      readOnly: false,
    });
  });

  test('gives the longest mount point, by whole names', () => {
    expect(at('/database/x')?.device).toBe('/dev/sdb1');
    expect(at('/data.old')?.device).toBe('/dev/vda');
    expect(at('/')?.device).toBe('/dev/vda');
  });

  test('gives what was mounted last on the same point', () => {
    expect(at('/data')?.fstype).toBe('tmpfs');
  });

  test('tells read-only by the options of the mount, of the filesystem and after an error', () => {
    expect(['/database', '/super', '/broken', '/data'].map((path) => at(path)?.readOnly)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  test('may have an empty device', () => {
    expect(at('/rootless')).toEqual(
      expect.objectContaining({ device: '', fstype: 'overlay', readOnly: false }),
    );
  });
});

describe('a threshold', () => {
  test('that is kept says nothing, and one broken says both numbers', () => {
    expect(exceeded({ maxPercent: 80, usedRatio: 0.8 })).toBeUndefined();
    expect(exceeded({ maxPercent: undefined, usedRatio: 0.8 })).toBeUndefined();
    expect(exceeded({ maxPercent: 80, usedRatio: undefined })).toBeUndefined();
    expect(exceeded({ maxPercent: 80, usedRatio: 0.931 })).toBe(
      '93.1 % used, at most 80 % allowed',
    );
  });

  test('broken by little is not rounded away', () => {
    expect(exceeded({ maxPercent: 80, usedRatio: 0.80004 })).toBe(
      '80.004 % used, at most 80 % allowed',
    );
  });
});

describe('the root of this host', () => {
  test('is as full as df says', async () => {
    const columns = ['size', 'used', 'avail', 'itotal', 'source', 'fstype', 'target'];
    const { stdout } = await run('df', ['-B1', `--output=${columns.join()}`, '/']);
    const [size, used, available, inodes, device, fstype, mountpoint] = (
      stdout.trim().split('\n')[1] ?? ''
    ).split(/ +/);
    const outcome = await probe(disk, '/');
    expect(outcome.success).toBe(true);
    expect(outcome.value('probe_disk_size_bytes')).toBe(Number(size));
    expect(outcome.value('probe_disk_available_bytes')).toBeGreaterThan(0);
    expect(outcome.value('probe_disk_used_ratio')).toBeCloseTo(
      Number(used) / (Number(used) + Number(available)),
      2,
    );
    expect(outcome.value('probe_disk_inodes') ?? 0).toBe(Number(inodes) || 0);
    expect(outcome.value('probe_disk_info', { device, fstype, mountpoint } as never)).toBe(1);
  });

  test('is found through a symbolic link', async () => {
    const { path } = await forThisTest(temporaryDirectory());
    await symlink('/proc', join(path, 'link'));
    const outcome = await probe(disk, join(path, 'link'));
    expect(outcome.value('probe_disk_info', { fstype: 'proc', mountpoint: '/proc' })).toBe(1);
  });

  test('breaks a threshold it cannot keep, which is exported', async () => {
    const outcome = await probe(disk, '/', { max_used_percent: 0 });
    expect(outcome.failure).toEqual({
      reason: 'threshold',
      message: expect.stringMatching(/^\d+(\.\d+)? % used, at most 0 % allowed$/),
    });
    expect(outcome.value('probe_threshold_ratio', { resource: 'disk' })).toBe(0);
    expect(outcome.value('probe_disk_used_ratio')).toBeGreaterThan(0);
  });
});

describe('a filesystem without a size', () => {
  test('has no ratio and no inodes', async () => {
    const outcome = await probe(disk, '/proc', { max_inodes_used_percent: 10 });
    expect(outcome.success).toBe(true);
    expect(outcome.value('probe_disk_size_bytes')).toBe(0);
    expect(outcome.value('probe_disk_used_ratio')).toBeUndefined();
    expect(outcome.value('probe_disk_inodes')).toBeUndefined();
    expect(outcome.log[0]?.message).toBe(
      'this filesystem has no fixed number of inodes to run out of',
    );
  });

  test('cannot be judged by how full it is', async () => {
    const outcome = await probe(disk, '/proc', { max_used_percent: 90 });
    expect(outcome.failure).toEqual({
      reason: 'unsupported',
      message: 'the filesystem of /proc has no size, so how full it is cannot be said',
    });
  });
});

test('a host without /proc is unsupported', async () => {
  const outcome = await probe(diskProber(await fixtureHost({})), '/');
  expect(outcome.failure?.reason).toBe('unsupported');
  expect(outcome.failure?.message).toMatch(/has no .*mountinfo: the check needs Linux$/);
});

describe('the way to a filesystem', () => {
  test.each<[path: string, real: string]>([
    ['/', '/'],
    ['//usr/./lib/', '/usr/lib'],
    ['/a/b', '/mnt/b'],
    ['/a/../c', '/c'],
    ['/relative/x', '/mnt/x'],
    ['/a/twice', '/mnt/b'],
  ])('%s leads to %s, one component after the other', async (path, real) => {
    const links: Record<string, string> = {
      '/a': '/mnt',
      '/relative': './/./mnt',
      '/mnt/twice': '../a/b',
    };
    expect(await followLinks(path, async (at) => links[at])).toBe(real);
  });

  test('that goes in circles ends', async () => {
    await expect(followLinks('/a', async () => 'a')).rejects.toMatchObject({ code: 'ELOOP' });
  });
});
