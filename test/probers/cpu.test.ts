import { execFile, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import type { ProbeOutcome } from '../../src/probers/contract.ts';
import { parseLoadavg, parseProcStat, usedBetween } from '../../src/probers/cpu/proc-stat.ts';
import { cpu, cpuProber } from '../../src/probers/cpu.ts';
import type { HostRoots } from '../../src/probers/shared/host.ts';
import { fixtureHost } from '../support/fixture-tree.ts';
import { probe } from '../support/probe.ts';
import { makeRealCgroup } from '../support/real-cgroup.ts';

const run = promisify(execFile);
const PROBE_ONCE = fileURLToPath(new URL('../support/probe-once.ts', import.meta.url));
const BUSY = 'for (const end = Date.now() + 10_000; Date.now() < end; );';

describe('/proc/stat', () => {
  test('counts iowait as not used, steal as used and guest once', () => {
    const text =
      'cpu  10 20 30 400 50 1 2 3 9 8\ncpu0 5 10 15 200 25 1 1 1 9 0\ncpu1 5 10 15 200 25 0 1 2 0 8\nctxt 7\n';
    expect(parseProcStat(text)).toEqual({
      times: { idle: 400, iowait: 50, busy: 66 },
      cores: 2,
    });
  });

  test('may have gaps between its CPUs and fewer columns', () => {
    expect(parseProcStat('cpu  1 2 3 4\ncpu0 1 2 3 4\ncpu12 0 0 0 0\n')).toEqual({
      times: { idle: 4, iowait: 0, busy: 6 },
      cores: 2,
    });
  });

  test('is nothing without a line for all CPUs', () => {
    expect(parseProcStat('cpu0 1 2 3 4\n')).toBeUndefined();
  });

  test('gives the used share of the time between two readings', () => {
    expect(
      usedBetween({ idle: 100, iowait: 10, busy: 50 }, { idle: 160, iowait: 20, busy: 80 }),
    ).toBe(0.3);
  });

  test('is clamped where idle or iowait went back', () => {
    expect(
      usedBetween({ idle: 100, iowait: 30, busy: 50 }, { idle: 170, iowait: 10, busy: 80 }),
    ).toBe(0.3);
    expect(usedBetween({ idle: 1, iowait: 1, busy: 5 }, { idle: 2, iowait: 1, busy: 4 })).toBe(0);
  });

  test('gives no share where no time has passed', () => {
    const times = { idle: 1, iowait: 1, busy: 1 };
    expect(usedBetween(times, times)).toBeUndefined();
  });
});

test('/proc/loadavg is read, and what is no load is not', () => {
  expect(parseLoadavg('0.54 1.20 2.07 1/155 8779\n')).toEqual({
    load1: 0.54,
    load5: 1.2,
    load15: 2.07,
  });
  expect(parseLoadavg('\n')).toBeUndefined();
});

describe('options', () => {
  test('have an interval above zero, 1 s by default', () => {
    expect(cpu.options.parse({})).toEqual({ interval: 1, scope: 'host' });
    expect(cpu.options.safeParse({ interval: '0s' }).success).toBe(false);
    expect(cpu.options.safeParse({ interval: 'soon' }).success).toBe(false);
    expect(cpu.options.safeParse({ max_load_per_core: 0 }).success).toBe(false);
  });
});

describe('the CPUs of this host', () => {
  test('are used by a process that does not rest', async () => {
    burn(process.execPath, ['-e', BUSY]);
    await sleep(100);
    const outcome = await probe(cpu, '', { interval: '300ms' });
    expect(outcome.success).toBe(true);
    const cores = outcome.value('probe_cpu_cores') ?? 0;
    expect(cores).toBeGreaterThanOrEqual(1);
    expect((outcome.value('probe_cpu_used_ratio') ?? 0) * cores).toBeGreaterThan(0.3);
    expect(outcome.value('probe_load1')).toBeGreaterThanOrEqual(0);
    expect(outcome.value('probe_load5')).toBeGreaterThanOrEqual(0);
    expect(outcome.value('probe_load15')).toBeGreaterThanOrEqual(0);
  });
});

describe('a host in fixtures', () => {
  test('breaks both limits, which are exported', async () => {
    const roots = await fixtureHost({ 'proc/stat': stat(0, 0), 'proc/loadavg': '6.3 2 1 1/1 1' });
    const outcome = await probeWhile(roots, stat(931, 69), {
      max_used_percent: 80,
      max_load_per_core: 2,
    });
    expect(outcome.failure).toEqual({
      reason: 'threshold',
      message: '93.1 % used, at most 80 % allowed; load 3.1 per core, at most 2 allowed',
    });
    expect(outcome.value('probe_cpu_used_ratio')).toBeCloseTo(0.931);
    expect(outcome.value('probe_cpu_cores')).toBe(2);
    expect(outcome.value('probe_threshold_ratio', { resource: 'cpu' })).toBe(0.8);
    expect(outcome.value('probe_threshold_ratio', { resource: 'load_per_core' })).toBe(2);
  });

  test('is watched no longer than half of the timeout', async () => {
    const roots = await fixtureHost({ 'proc/stat': stat(1, 9), 'proc/loadavg': '1 1 1 1/1 1' });
    const outcome = await probe(cpuProber(roots), '', { interval: '1h' }, { timeoutSeconds: 0.4 });
    expect(outcome.success).toBe(true);
    expect(outcome.log).toEqual([
      expect.objectContaining({
        message: 'interval shortened to half of the timeout',
        fields: { seconds: 0.2 },
      }),
    ]);
  });

  test('on which no time passes has no ratio, and no limit to keep', async () => {
    const roots = await fixtureHost({ 'proc/stat': stat(1, 9), 'proc/loadavg': '1 1 1 1/1 1' });
    const options = { interval: '1ms' };
    const outcome = await probe(cpuProber(roots), '', options);
    expect(outcome.success).toBe(true);
    expect(outcome.value('probe_cpu_used_ratio')).toBeUndefined();
    const judged = await probe(cpuProber(roots), '', { ...options, max_used_percent: 50 });
    expect(judged.failure?.reason).toBe('internal');
  });

  test('without /proc is unsupported', async () => {
    const outcome = await probe(cpuProber(await fixtureHost({})), '');
    expect(outcome.failure?.reason).toBe('unsupported');
    expect(outcome.failure?.message).toMatch(/has no .*stat: the check needs Linux$/);
  });
});

describe('scope cgroup', () => {
  const HOST = { 'proc/stat': stat(0, 0), 'proc/loadavg': '1 1 1 1/1 1' };

  test('counts cores by the tightest quota, version 2', async () => {
    const outcome = await probeCgroup({
      'proc/self/cgroup': '0::/pod/container\n',
      'cgroup/pod/container/cpu.max': '150000 100000\n',
      'cgroup/pod/container/cpu.stat': 'usage_usec 5\nuser_usec 5\n',
      'cgroup/pod/cpu.max': '50000 100000\n',
      'cgroup/pod/cpu.stat': 'usage_usec 7\n',
    });
    expect(outcome.value('probe_cpu_cores')).toBe(0.5);
    expect(outcome.value('probe_cpu_used_ratio')).toBe(0);
  });

  test('counts cores by the quota, version 1', async () => {
    const outcome = await probeCgroup({
      'proc/self/cgroup': '2:cpu,cpuacct:/docker/x\n',
      'cgroup/cpu/cpu.cfs_quota_us': '25000\n',
      'cgroup/cpu/cpu.cfs_period_us': '100000\n',
      'cgroup/cpuacct/cpuacct.usage': '123456789\n',
    });
    expect(outcome.value('probe_cpu_cores')).toBe(0.25);
    expect(outcome.value('probe_cpu_used_ratio')).toBe(0);
  });

  test.each([
    ['none is set', 'max 100000'],
    ['it is more than the host has', '6400000 100000'],
  ])("takes all of the host's CPUs where %s", async (_, quota) => {
    const outcome = await probeCgroup({
      'proc/self/cgroup': '0::/a\n',
      'cgroup/a/cpu.max': `${quota}\n`,
      'cgroup/a/cpu.stat': 'usage_usec 5\n',
    });
    expect(outcome.value('probe_cpu_cores')).toBe(2);
  });

  test('is unsupported where no group tells its CPU time', async () => {
    const outcome = await probeCgroup({ 'proc/self/cgroup': '0::/a\n' });
    expect(outcome.failure?.reason).toBe('unsupported');
  });

  async function probeCgroup(files: Readonly<Record<string, string>>) {
    const roots = await fixtureHost({ ...HOST, ...files });
    return probe(cpuProber(roots), '', { scope: 'cgroup', interval: '10ms' });
  }
});

const limited = await makeRealCgroup(['cpu', 'cpuacct'], {
  v1: { 'cpu.cfs_period_us': '100000', 'cpu.cfs_quota_us': '50000' },
  v2: { 'cpu.max': '50000 100000' },
});

describe.skipIf(!limited)('a real control group with a quota', () => {
  afterAll(() => limited?.remove());

  test('is used up by a process in it that does not rest', async () => {
    const enter = ['-c', limited?.enter ?? '', 'sh', process.execPath];
    const ended = burn('sh', [...enter, '-e', BUSY]);
    const args = [PROBE_ONCE, 'cpu', '{"scope":"cgroup","interval":"500ms"}', ''];
    const { stdout } = await run('sh', [...enter, ...args]);
    const { samples } = JSON.parse(stdout)[0] as ProbeOutcome;
    const value = (wanted: string) => samples.find(({ name }) => name === wanted)?.value;
    expect(value('probe_cpu_cores')).toBe(0.5);
    // Other processes of a busy machine leave the group less than its quota; one at rest uses next to nothing.
    expect(value('probe_cpu_used_ratio')).toBeGreaterThan(0.2);
    await ended();
  });
});

/** Starts a program that is ended with the test, or by the function returned. */
function burn(command: string, args: string[]): () => Promise<void> {
  const child = spawn(command, args, { stdio: 'ignore' });
  const exited = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const end = () => {
    child.kill('SIGKILL');
    return exited;
  };
  onTestFinished(end);
  return end;
}

/** `/proc/stat` of two CPUs that were busy and idle for so many jiffies together. */
function stat(busy: number, idle: number): string {
  return `cpu  ${busy} 0 0 ${idle} 0 0 0 0 0 0\ncpu0 0 0 0 0\ncpu1 0 0 0 0\n`;
}

async function probeWhile(roots: HostRoots, later: string, options: Record<string, unknown>) {
  const outcome = probe(cpuProber(roots), '', { interval: '400ms', ...options });
  await sleep(150);
  await writeFile(join(roots.proc, 'stat'), later);
  return outcome;
}
