// Of the whole package, which gathers all about a host, only this is loaded.
import { mem } from 'systeminformation/lib/memory.js';
import { z } from 'zod';
import { defineProber, type ProbeContext, type Prober } from './contract.ts';
import { type CgroupUsage, readCgroupMemory } from './memory/cgroup-memory.ts';
import { HOST_ROOTS, type HostRoots, readProc } from './shared/host.ts';
import { percent } from './shared/options.ts';
import { emitLimits, exceeded, thresholdMetrics, together } from './shared/threshold.ts';

const options = z.strictObject({
  max_used_percent: percent()
    .optional()
    .describe('Fails when less than the rest is available, in percent of the total.'),
  max_swap_used_percent: percent()
    .optional()
    .describe(
      'Fails when more of the swap is used, in percent. Always kept where there is no swap.',
    ),
  scope: z
    .enum(['host', 'cgroup'])
    .default('host')
    .describe(
      "`host`: the machine's memory. `cgroup`: the tightest limit of the exporter's own control group and those " +
        'above it, such as a container, and what is used of it; where there is no limit, the machine again.',
    ),
});

const metrics = {
  probe_memory_total_bytes: { help: 'Memory there is.' },
  probe_memory_available_bytes: { help: 'Memory programs can have without swapping.' },
  probe_memory_used_ratio: { help: 'Memory that is not available as a share of the total.' },
  probe_swap_total_bytes: { help: 'Swap space there is.' },
  probe_swap_free_bytes: { help: 'Swap space not used.' },
  ...thresholdMetrics,
} as const;

type Context = ProbeContext<z.output<typeof options>, typeof metrics>;

interface Memory {
  readonly total: number;
  readonly available: number;
  readonly swapTotal: number;
  readonly swapFree: number;
}

/** Makes the prober for a host whose kernel files are below `roots`. */
export function memoryProber(
  roots: HostRoots,
  readHost: (signal: AbortSignal) => Promise<Memory> = (signal) => readHostMemory(roots, signal),
): Prober {
  return defineProber({
    name: 'memory',
    isLocal: true,
    summary:
      'Available memory and free swap of the host, or of the container the exporter runs in.',
    target: null,
    options,
    metrics,
    probe: async (context) => {
      const { options, emit } = context;
      emitLimits(emit, { memory: options.max_used_percent, swap: options.max_swap_used_percent });
      const host = await readHost(context.signal);
      const memory =
        context.options.scope === 'cgroup' ? await limitToCgroup(context, host, roots) : host;
      emitMemory(context, memory);
      judge(context, memory);
    },
  });
}

export const memory = memoryProber(HOST_ROOTS);

async function readHostMemory(roots: HostRoots, signal: AbortSignal): Promise<Memory> {
  // Where there is no meminfo, mem() answers with guesses or starts other programs.
  await readProc(roots, 'meminfo', signal);
  const { total, available, swaptotal, swapfree } = await mem();
  return { total, available, swapTotal: swaptotal, swapFree: swapfree };
}

async function limitToCgroup(
  { signal, log }: Context,
  host: Memory,
  roots: HostRoots,
): Promise<Memory> {
  const cgroup = await readCgroupMemory(roots, signal);
  const memory = belowTotal(cgroup.memory, host.total);
  const swap = belowTotal(cgroup.swap, host.swapTotal);
  if (!memory) log('no control group limits the memory, looking at the whole host');
  if (!swap) log('no control group limits the swap, looking at the whole host');
  return {
    total: memory?.limit ?? host.total,
    // Neighbours can leave less than the own limit promises.
    available: memory ? Math.min(rest(memory), host.available) : host.available,
    swapTotal: swap?.limit ?? host.swapTotal,
    swapFree: swap ? Math.min(rest(swap), host.swapFree) : host.swapFree,
  };
}

/** A limit that the host cannot fill is none. */
function belowTotal(usage: CgroupUsage | undefined, total: number): CgroupUsage | undefined {
  return usage && usage.limit < total ? usage : undefined;
}

function rest({ limit, used }: CgroupUsage): number {
  return Math.max(0, limit - used);
}

function emitMemory({ emit }: Context, memory: Memory): void {
  emit('probe_memory_total_bytes', memory.total);
  emit('probe_memory_available_bytes', memory.available);
  const ratio = usedRatio(memory.total, memory.available);
  if (ratio !== undefined) emit('probe_memory_used_ratio', ratio);
  emit('probe_swap_total_bytes', memory.swapTotal);
  emit('probe_swap_free_bytes', memory.swapFree);
}

function usedRatio(total: number, free: number): number | undefined {
  return total > 0 ? (total - free) / total : undefined;
}

function judge({ options, fail }: Context, memory: Memory): void {
  const problem = together([
    exceeded({
      maxPercent: options.max_used_percent,
      usedRatio: usedRatio(memory.total, memory.available),
    }),
    exceeded({
      maxPercent: options.max_swap_used_percent,
      usedRatio: usedRatio(memory.swapTotal, memory.swapFree),
      what: 'swap',
    }),
  ]);
  if (problem) fail('threshold', problem);
}
