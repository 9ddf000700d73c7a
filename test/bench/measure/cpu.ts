import { readdirSync, readFileSync } from 'node:fs';

/** One thread of a process. */
export interface ThreadTime {
  readonly thread: string;
  /** As the process named it: `libuv-worker`. */
  readonly name: string;
  /** User and system time since it started, in milliseconds. */
  readonly ms: number;
}

const NANOSECONDS_PER_MS = 1e6;
const TICK_MS = 10;

/**
 * User and system time of a process so far, all threads, in milliseconds.
 *
 * From the scheduler, which counts nanoseconds: `/proc/PID/stat` counts ticks of 10 ms, a tenth of what a scrape of a
 * hundred checks costs. Threads that have ended are in the latter only, but neither Node.js nor Go ends any here.
 */
export function cpuMs(pid: number): number {
  const threads = threadTimes(pid);
  return threads ? threads.reduce((sum, { ms }) => sum + ms, 0) : cpuMsInTicks(pid);
}

/** @returns `undefined` on a kernel whose scheduler does not tell. */
export function threadTimes(pid: number): ThreadTime[] | undefined {
  const directory = `/proc/${pid}/task`;
  const times = readdirSync(directory).flatMap((thread) => {
    const time = readThread(`${directory}/${thread}`);
    return time === undefined ? [] : [{ thread, ...time }];
  });
  return times.length > 0 ? times : undefined;
}

/** `undefined` also for a thread that has ended meanwhile. */
function readThread(directory: string): Omit<ThreadTime, 'thread'> | undefined {
  try {
    const [nanoseconds] = readFileSync(`${directory}/schedstat`, 'utf8').split(' ');
    const name = readFileSync(`${directory}/comm`, 'utf8').trim();
    return { name, ms: Number(nanoseconds) / NANOSECONDS_PER_MS };
  } catch {
    return undefined;
  }
}

function cpuMsInTicks(pid: number): number {
  const [userTicks, systemTicks] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return ((userTicks ?? 0) + (systemTicks ?? 0)) * TICK_MS;
}
