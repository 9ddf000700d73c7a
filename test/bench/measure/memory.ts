import { readdirSync, readFileSync } from 'node:fs';

/** Resident memory of a process, in megabytes of 10⁶ bytes. */
export interface Memory {
  /** The most it ever had. */
  readonly peakMb: number;
  readonly nowMb: number;
}

export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return { peakMb: megabytes(status, 'VmHWM'), nowMb: megabytes(status, 'VmRSS') };
}

/** File descriptors a process has open. */
export function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function megabytes(status: string, field: string): number {
  const kibibytes = new RegExp(`^${field}:\\s+(?<size>\\d+) kB$`, 'm').exec(status)?.groups?.size;
  return (Number(kibibytes) * 1024) / 1e6;
}
