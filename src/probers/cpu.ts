import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { defineProber, type ProbeContext, type Prober } from './contract.ts';
import { findCgroupCpu } from './cpu/cgroup-cpu.ts';
import { type ProcStat, parseLoadavg, parseProcStat, usedBetween } from './cpu/proc-stat.ts';
import { HOST_ROOTS, type HostRoots, readProc } from './shared/host.ts';
import { duration, percent } from './shared/options.ts';
import { emitLimits, exceeded, readable, thresholdMetrics, together } from './shared/threshold.ts';

const options = z.strictObject({
  max_used_percent: percent()
    .optional()
    .describe(
      'Fails when more of the CPU time was used during the interval, in percent. Time spent waiting for a disk ' +
        'is not used, time stolen by a hypervisor is.',
    ),
  interval: duration()
    .refine((seconds) => seconds > 0, 'expected a duration above zero')
    .prefault('1s')
    .describe('How long each check watches the CPUs; at most half of its timeout.'),
  max_load_per_core: z
    .number()
    .positive()
    .optional()
    .describe(
      "Fails when the load average of the last minute is more than this for each of the host's CPUs, whatever the " +
        'scope: with `cgroup`, `probe_cpu_cores` is the quota and not the number that the load is divided by.',
    ),
  scope: z
    .enum(['host', 'cgroup'])
    .default('host')
    .describe(
      "`host`: all CPUs of the machine. `cgroup`: the CPU time of the exporter's own control group, such as a " +
        'container, as a share of its tightest quota, which then is the number of cores too; without a quota, as ' +
        "a share of all the machine's CPUs. The load averages are always the machine's.",
    ),
});

const metrics = {
  probe_cpu_used_ratio: { help: 'CPU time used during the interval as a share of what there was.' },
  probe_cpu_cores: { help: 'CPUs online, or the quota of the control group in CPUs.' },
  probe_load1: { help: 'Load average of the last minute.' },
  probe_load5: { help: 'Load average of the last 5 minutes.' },
  probe_load15: { help: 'Load average of the last 15 minutes.' },
  ...thresholdMetrics,
} as const;

type Context = ProbeContext<z.output<typeof options>, typeof metrics>;

interface Usage {
  /** 0 to 1, or `undefined` where no time passed between the readings. */
  readonly ratio: number | undefined;
  readonly cores: number;
}

/** Makes the prober for a host whose kernel files are below `roots`. */
export function cpuProber(roots: HostRoots): Prober {
  return defineProber({
    name: 'cpu',
    isLocal: true,
    summary:
      'CPU use over an interval and load of the host, or of the container the exporter runs in.',
    target: null,
    options,
    metrics,
    probe: async (context) => {
      emitThresholds(context);
      const hostCores = (await readStat(context, roots)).cores;
      const load1 = await emitLoad(context, roots);
      const usage =
        context.options.scope === 'cgroup'
          ? await watchCgroup(context, roots, hostCores)
          : await watchHost(context, roots);
      emitUsage(context, usage);
      judge(context, usage, load1 / hostCores);
    },
  });
}

export const cpu = cpuProber(HOST_ROOTS);

function emitThresholds({ options, emit }: Context): void {
  emitLimits(emit, { cpu: options.max_used_percent });
  if (options.max_load_per_core !== undefined) {
    emit('probe_threshold_ratio', options.max_load_per_core, { resource: 'load_per_core' });
  }
}

async function readStat(context: Context, roots: HostRoots): Promise<ProcStat> {
  const stat = parseProcStat(await readProc(roots, 'stat', context.signal));
  if (!stat || stat.cores === 0) return context.fail('unsupported', 'this host tells no CPU times');
  return stat;
}

async function emitLoad(context: Context, roots: HostRoots): Promise<number> {
  const load = parseLoadavg(await readProc(roots, 'loadavg', context.signal));
  if (!load) return context.fail('unsupported', 'this host tells no load averages');
  context.emit('probe_load1', load.load1);
  context.emit('probe_load5', load.load5);
  context.emit('probe_load15', load.load15);
  return load.load1;
}

async function watchHost(context: Context, roots: HostRoots): Promise<Usage> {
  const before = await readStat(context, roots);
  await waitInterval(context);
  const after = await readStat(context, roots);
  return { ratio: usedBetween(before.times, after.times), cores: after.cores };
}

async function watchCgroup(context: Context, roots: HostRoots, hostCores: number): Promise<Usage> {
  const group = await findCgroupCpu(roots, context.signal);
  if (group.cores === undefined) context.log('no control group limits the CPU time');
  const cores = Math.min(group.cores ?? hostCores, hostCores);
  const read = async () => ({ at: performance.now() / 1000, used: await group.readUsageSeconds() });
  const before = await read();
  await waitInterval(context);
  const after = await read();
  if (before.used === undefined || after.used === undefined) {
    return context.fail('unsupported', 'this host does not tell the CPU time of control groups');
  }
  const available = (after.at - before.at) * cores;
  const used = Math.max(0, after.used - before.used);
  // More than all is the readings not being of one moment, or a group allowed to save up.
  return { ratio: available > 0 ? Math.min(1, used / available) : undefined, cores };
}

/** A check that is healthy must not time out because it watched too long. */
async function waitInterval({ options, timeoutSeconds, signal, log }: Context): Promise<void> {
  const seconds = Math.min(options.interval, timeoutSeconds / 2);
  if (seconds < options.interval) {
    log('interval shortened to half of the timeout', { seconds });
  }
  await sleep(seconds * 1000, undefined, { signal });
}

function emitUsage({ emit }: Context, { ratio, cores }: Usage): void {
  if (ratio !== undefined) emit('probe_cpu_used_ratio', ratio);
  emit('probe_cpu_cores', cores);
}

function judge({ options, fail }: Context, { ratio }: Usage, loadPerCore: number): void {
  if (options.max_used_percent !== undefined && ratio === undefined) {
    fail('internal', 'no CPU time was counted during the interval, it is too short');
  }
  const problem = together([
    exceeded({ maxPercent: options.max_used_percent, usedRatio: ratio }),
    exceededLoad(loadPerCore, options.max_load_per_core),
  ]);
  if (problem) fail('threshold', problem);
}

function exceededLoad(loadPerCore: number, limit: number | undefined): string | undefined {
  if (limit === undefined || loadPerCore <= limit) return undefined;
  return `load ${readable(loadPerCore, limit)} per core, at most ${limit} allowed`;
}
