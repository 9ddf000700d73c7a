import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import type { ProbeOutcome } from '../../src/probers/contract.ts';
import { memory, memoryProber } from '../../src/probers/memory.ts';
import { parseOwnCgroup } from '../../src/probers/shared/cgroup.ts';
import { fixtureHost } from '../support/fixture-tree.ts';
import { probe } from '../support/probe.ts';
import { makeRealCgroup } from '../support/real-cgroup.ts';

const run = promisify(execFile);
const PROBE_ONCE = fileURLToPath(new URL('../support/probe-once.ts', import.meta.url));
const MIB = 1024 * 1024;
const HOST = {
  total: 1000 * MIB,
  available: 600 * MIB,
  swapTotal: 400 * MIB,
  swapFree: 300 * MIB,
};

describe('the memory of this host', () => {
  test('is what the kernel says', async () => {
    const meminfo = await readFile('/proc/meminfo', 'utf8');
    const bytes = (key: string) =>
      Number(new RegExp(`^${key}: +(\\d+) kB`, 'm').exec(meminfo)?.[1]) * 1024;
    const outcome = await probe(memory, '');
    expect(outcome.success).toBe(true);
    expect(outcome.value('probe_memory_total_bytes')).toBe(bytes('MemTotal'));
    expect(outcome.value('probe_memory_used_ratio')).toBeCloseTo(
      1 - bytes('MemAvailable') / bytes('MemTotal'),
      1,
    );
    expect(outcome.value('probe_swap_total_bytes')).toBe(bytes('SwapTotal'));
    expect(outcome.value('probe_threshold_ratio')).toBeUndefined();
  });

  test('breaks a threshold it cannot keep', async () => {
    const outcome = await probe(memory, '', { max_used_percent: 0 });
    expect(outcome.failure).toEqual({
      reason: 'threshold',
      message: expect.stringMatching(/^\d+(\.\d+)? % used, at most 0 % allowed$/),
    });
  });
});

describe('limits', () => {
  test('on memory and swap are judged together and exported', async () => {
    const options = { max_used_percent: 35, max_swap_used_percent: 20 };
    const outcome = await probe(await withFiles({}), '', options);
    expect(outcome.failure).toEqual({
      reason: 'threshold',
      message: '40.0 % used, at most 35 % allowed; swap 25.0 % used, at most 20 % allowed',
    });
    expect(outcome.value('probe_threshold_ratio', { resource: 'memory' })).toBe(0.35);
    expect(outcome.value('probe_threshold_ratio', { resource: 'swap' })).toBe(0.2);
  });

  test('on swap are kept by a host that has none', async () => {
    const host = { ...HOST, swapTotal: 0, swapFree: 0 };
    const prober = memoryProber(await fixtureHost({}), async () => host);
    expect((await probe(prober, '', { max_swap_used_percent: 0 })).success).toBe(true);
  });
});

test('a host without /proc is unsupported', async () => {
  const outcome = await probe(memoryProber(await fixtureHost({})), '');
  expect(outcome.failure?.reason).toBe('unsupported');
});

describe('the own control group', () => {
  test('is read from lines of both versions', () => {
    const hybrid = '5:cpu,cpuacct:/a\n4:memory:/b:c\n1:name=systemd:/d\n0::/e\n';
    expect(parseOwnCgroup(hybrid, 'memory')).toEqual({ version: 1, path: '/b:c' });
    expect(parseOwnCgroup(hybrid, 'cpuacct')).toEqual({ version: 1, path: '/a' });
    expect(parseOwnCgroup(hybrid, 'io')).toEqual({ version: 2, path: '/e' });
    expect(parseOwnCgroup('', 'memory')).toEqual({ version: 2, path: '/' });
  });
});

describe('scope cgroup, version 2', () => {
  test('takes the tightest limit above the own group, and what is used there', async () => {
    const outcome = await probeCgroup({
      'proc/self/cgroup': '0::/pod/container\n',
      'cgroup/pod/container/memory.max': 'max\n',
      'cgroup/pod/container/memory.current': `${10 * MIB}\n`,
      'cgroup/pod/memory.max': `${200 * MIB}\n`,
      'cgroup/pod/memory.current': `${120 * MIB}\n`,
      'cgroup/pod/memory.stat': `anon 5\ninactive_file ${20 * MIB}\nactive_file 7\n`,
      'cgroup/pod/memory.swap.max': '0\n',
      'cgroup/pod/memory.swap.current': '0\n',
    });
    expect(figures(outcome)).toEqual({ total: 200, available: 100, swapTotal: 0, swapFree: 0 });
    expect(outcome.value('probe_memory_used_ratio')).toBe(0.5);
    expect(outcome.log).toEqual([]);
  });

  test('sees the limit of a container from inside its namespace', async () => {
    const outcome = await probeCgroup({
      'proc/self/cgroup': '0::/\n',
      'cgroup/memory.max': `${200 * MIB}\n`,
      'cgroup/memory.current': `${50 * MIB}\n`,
    });
    expect(figures(outcome)).toEqual(expect.objectContaining({ total: 200, available: 150 }));
  });

  test('does not leave the directory of control groups for a group outside the namespace', async () => {
    const outcome = await probeCgroup({
      'proc/self/cgroup': '0::/../../other\n',
      'cgroup/memory.max': `${300 * MIB}\n`,
      'cgroup/memory.current': '0\n',
    });
    expect(figures(outcome).total).toBe(300);
  });

  test('finds it beside version 1', async () => {
    const outcome = await probeCgroup({
      'proc/self/cgroup': '1:name=systemd:/x\n0::/x\n',
      'cgroup/unified/cgroup.controllers': 'memory\n',
      'cgroup/unified/x/memory.max': `${100 * MIB}\n`,
      'cgroup/unified/x/memory.current': `${100 * MIB}\n`,
    });
    expect(figures(outcome)).toEqual(expect.objectContaining({ total: 100, available: 0 }));
  });

  test('limits swap apart from memory', async () => {
    const outcome = await probeCgroup({
      'proc/self/cgroup': '0::/a\n',
      'cgroup/a/memory.max': 'max\n',
      'cgroup/a/memory.swap.max': `${100 * MIB}\n`,
      'cgroup/a/memory.swap.current': `${40 * MIB}\n`,
    });
    expect(figures(outcome)).toEqual({
      total: 1000,
      available: 600,
      swapTotal: 100,
      swapFree: 60,
    });
    expect(outcome.log.map(({ message }) => message)).toEqual([
      'no control group limits the memory, looking at the whole host',
    ]);
  });

  test.each([
    ['no limit', 'max'],
    ['a limit above what the host has', String(4000 * MIB)],
  ])('falls back to the host for %s', async (_, limit) => {
    const outcome = await probeCgroup({
      'proc/self/cgroup': '0::/a\n',
      'cgroup/a/memory.max': `${limit}\n`,
      'cgroup/a/memory.current': '1\n',
    });
    expect(figures(outcome)).toEqual({
      total: 1000,
      available: 600,
      swapTotal: 400,
      swapFree: 300,
    });
    expect(outcome.log[0]?.message).toBe(
      'no control group limits the memory, looking at the whole host',
    );
  });
});

describe('scope cgroup, version 1', () => {
  test('reads its limits, of swap as the rest of memory and swap together', async () => {
    const outcome = await probeCgroup({
      'proc/self/cgroup': '9:name=systemd:/\n4:memory:/docker/x\n0::/\n',
      'cgroup/memory/docker/x/memory.limit_in_bytes': `${200 * MIB}\n`,
      'cgroup/memory/docker/x/memory.usage_in_bytes': `${150 * MIB}\n`,
      'cgroup/memory/docker/x/memory.stat': `inactive_file 1\ntotal_inactive_file ${50 * MIB}\n`,
      'cgroup/memory/docker/x/memory.memsw.limit_in_bytes': `${250 * MIB}\n`,
      'cgroup/memory/docker/x/memory.memsw.usage_in_bytes': `${160 * MIB}\n`,
      'cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    });
    expect(figures(outcome)).toEqual({ total: 200, available: 100, swapTotal: 50, swapFree: 40 });
  });

  test('finds the limit where a container does not see the path of its own group', async () => {
    const outcome = await probeCgroup({
      'proc/self/cgroup': '4:memory:/docker/x\n',
      'cgroup/memory/memory.limit_in_bytes': `${200 * MIB}\n`,
      'cgroup/memory/memory.usage_in_bytes': `${50 * MIB}\n`,
      'cgroup/memory/memory.stat': '',
    });
    expect(figures(outcome)).toEqual(expect.objectContaining({ total: 200, available: 150 }));
  });

  test('takes the largest number of pages for no limit', async () => {
    const outcome = await probeCgroup({
      'proc/self/cgroup': '4:memory:/\n',
      'cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      'cgroup/memory/memory.usage_in_bytes': '1\n',
    });
    expect(figures(outcome).total).toBe(1000);
  });
});

const limited = await makeRealCgroup(['memory'], {
  v1: { 'memory.limit_in_bytes': String(256 * MIB) },
  v2: { 'memory.max': String(256 * MIB) },
});

describe.skipIf(!limited)('a real control group with a limit', () => {
  afterAll(() => limited?.remove());

  test('is what scope cgroup sees', async () => {
    const args = [process.execPath, PROBE_ONCE, 'memory', '{"scope":"cgroup"}', ''];
    const { stdout } = await run('sh', ['-c', limited?.enter ?? '', 'sh', ...args]);
    const outcome = JSON.parse(stdout)[0] as ProbeOutcome;
    const { total, available } = figures(outcome);
    expect(total).toBe(256);
    expect(available).toBeGreaterThan(50);
    expect(available).toBeLessThan(256);
  });
});

async function withFiles(files: Readonly<Record<string, string>>) {
  return memoryProber(await fixtureHost(files), async () => HOST);
}

async function probeCgroup(files: Readonly<Record<string, string>>) {
  return probe(await withFiles(files), '', { scope: 'cgroup' });
}

/** In MiB. */
function figures({ samples }: ProbeOutcome) {
  const value = (wanted: string) =>
    (samples.find(({ name }) => name === wanted)?.value ?? Number.NaN) / MIB;
  return {
    total: value('probe_memory_total_bytes'),
    available: value('probe_memory_available_bytes'),
    swapTotal: value('probe_swap_total_bytes'),
    swapFree: value('probe_swap_free_bytes'),
  };
}
