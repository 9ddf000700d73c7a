import { readFileSync } from 'node:fs';

/**
 * How many files and sockets this process may have open at once (RLIMIT_NOFILE; Node.js raises it to what the
 * administrator allows). `Infinity` where the system does not say: elsewhere than on Linux, or where there is no limit.
 */
export function descriptorLimit(limitsFile = '/proc/self/limits'): number {
  try {
    const line = /^Max open files +(?<soft>\d+) /m.exec(readFileSync(limitsFile, 'utf8'));
    return Number(line?.groups?.soft ?? Infinity);
  } catch {
    return Infinity;
  }
}
