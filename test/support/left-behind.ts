import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';

/** What a process has open, by kind: how many handles, descriptors and children of each. */
export type Belongings = ReadonlyMap<string, number>;

/** How long what has been told to close may take to be closed: far more than it needs on a busy machine. */
const PATIENCE_MS = Number(process.env.LEFT_BEHIND_PATIENCE_MS ?? 5000);
const LOOK_EVERY_MS = 20;

/** What this process has open right now: handles that keep it alive, descriptors, children. */
export function belongings(): Belongings {
  const counts = new Map<string, number>();
  for (const kind of [...handles(), ...descriptors(), ...children()]) {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/**
 * Waits until this process has no more open than before; five seconds at most, unless the environment says otherwise.
 *
 * @returns what is left behind, as `kind: count`, sorted; empty where nothing is.
 */
export async function leftBehind(before: Belongings): Promise<string[]> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const left = moreThan(before, belongings());
    if (left.length === 0 || performance.now() > until) return left;
    await after(LOOK_EVERY_MS);
  }
}

/** What is there now and was not before, as `kind: count`, sorted. */
export function moreThan(before: Belongings, now: Belongings): string[] {
  return [...now]
    .map(([kind, count]) => [kind, count - (before.get(kind) ?? 0)] as const)
    .filter(([, more]) => more > 0)
    .map(([kind, more]) => `${kind}: ${more}`)
    .sort();
}

/** Servers, sockets, timers, children, requests under way: `TCPServerWrap`, `Timeout`. What is unref'd is not there. */
function handles(): string[] {
  return process.getActiveResourcesInfo();
}

const DESCRIPTORS = '/proc/self/fd';

/** Also of what is unref'd. Event loops and their wake-up calls belong to Node.js, which opens them when first needed. */
function descriptors(): string[] {
  if (!existsSync(DESCRIPTORS)) return [];
  return readdirSync(DESCRIPTORS)
    .map((number) => linkOf(`${DESCRIPTORS}/${number}`))
    .filter((link) => link !== undefined && !/^anon_inode:|^\/dev\/|^\/proc\//.test(link))
    .map((link) => `descriptor of ${link?.replace(/:\[\d+\]$/, '')}`);
}

/** @returns `undefined` for the descriptor that the list of descriptors was read with. */
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

const TASKS = '/proc/self/task';

/** Processes that this one started and that have not ended. */
function children(): string[] {
  if (!existsSync(TASKS)) return [];
  return readdirSync(TASKS)
    .flatMap((task) => textOf(`${TASKS}/${task}/children`).split(' '))
    .filter((pid) => pid !== '')
    .map((pid) => `child process ${textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()}`);
}

/** Of a thread or a process that has just ended: nothing. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
