import { readdirSync, readFileSync } from 'node:fs';

/** Processes that this one started and that still run, by their numbers. */
export function ownChildren(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === process.pid);
}

/**
 * Ends whatever is left of what this process started. A part that was still starting when the run was interrupted
 * belongs to nobody who could end it.
 */
export function endOwnChildren(): void {
  for (const pid of ownChildren()) {
    try {
      // Not SIGKILL: the master of an nginx would leave its workers behind.
      process.kill(pid, 'SIGTERM');
    } catch {
      // It ended by itself meanwhile.
    }
  }
}

/** `undefined` for a process that has ended meanwhile. */
function parentOf(pid: number): number | undefined {
  try {
    const [, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(parent);
  } catch {
    return undefined;
  }
}
