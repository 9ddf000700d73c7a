/** CPU time by mode since boot, in jiffies, summed over all CPUs that are online. */
export interface CpuTimes {
  readonly idle: number;
  readonly iowait: number;
  /** user, nice, system, irq, softirq and steal together. */
  readonly busy: number;
}

/** What `/proc/stat` says of the CPUs. */
export interface ProcStat {
  readonly times: CpuTimes;
  /** CPUs online. Not those this process may run on. */
  readonly cores: number;
}

/**
 * Reads `/proc/stat` (proc_stat(5)). The guest columns are left out: their time is already in user and nice.
 *
 * @returns `undefined` where the text has no line for all CPUs.
 */
export function parseProcStat(text: string): ProcStat | undefined {
  const total = /^cpu +(?<columns>[\d ]+)$/m.exec(text)?.groups?.columns;
  if (!total) return undefined;
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] =
    total.trim().split(/ +/).map(Number);
  return {
    times: { idle, iowait, busy: user + nice + system + irq + softirq + steal },
    cores: text.match(/^cpu\d+ /gm)?.length ?? 0,
  };
}

/**
 * The share of CPU time between two readings in which the CPUs were neither idle nor waiting for a disk.
 *
 * @returns 0 to 1, or `undefined` where no time has passed in between.
 */
export function usedBetween(before: CpuTimes, after: CpuTimes): number | undefined {
  const busy = passed(before.busy, after.busy);
  const total = busy + passed(before.idle, after.idle) + passed(before.iowait, after.iowait);
  return total > 0 ? busy / total : undefined;
}

/** Idle and iowait are estimates that the kernel corrects downwards at times. */
function passed(before: number, after: number): number {
  return Math.max(0, after - before);
}

/** The load averages of the last 1, 5 and 15 minutes, or `undefined` where the text has none. */
export function parseLoadavg(
  text: string,
): { readonly load1: number; readonly load5: number; readonly load15: number } | undefined {
  const [load1 = Number.NaN, load5 = Number.NaN, load15 = Number.NaN] = text.split(' ').map(Number);
  return [load1, load5, load15].every(Number.isFinite) ? { load1, load5, load15 } : undefined;
}
