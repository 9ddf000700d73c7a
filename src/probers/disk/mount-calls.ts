import { Turns } from '../../lib/turns.ts';
import { unlessAborted } from '../../lib/unless-aborted.ts';
import { heldUpWhile } from '../shared/held-up.ts';
import type { Mount } from '../shared/mountinfo.ts';
import { threads } from '../shared/threads.ts';

/** Makes calls into mounts, at most one at a time into each: what hangs holds one thread, however many ask. */
export interface MountCalls {
  /** @throws what the call throws; the signal's reason where it fires first: the call itself may go on. */
  readonly make: <T>(mount: Mount, call: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** For how many seconds the call that is out has not returned; `undefined` where none is. */
  readonly outForSeconds: (mount: Mount) => number | undefined;
}

interface Line {
  readonly turns: Turns;
  /** How many are out or wait for it. */
  askers: number;
  /** When the call that is out began, of the monotonic clock. */
  since: number | undefined;
}

/** Makes an empty memory of what is out. */
export function createMountCalls(): MountCalls {
  const lines = new Map<string, Line>();

  /** Waits for those who asked before; what is out stays in the line when everybody has left. */
  const enter = async <T>(key: string, call: () => Promise<T>, signal: AbortSignal) => {
    const line = lines.get(key) ?? { turns: new Turns(1), askers: 0, since: undefined };
    lines.set(key, line);
    line.askers++;
    let waits = true;
    // While no call is out it is a thread that is waited for, by the first of the line, and not the mount.
    if (line.turns.isFull() || threads.mounts.isFull()) {
      heldUpWhile(signal, () => waits && line.since === undefined);
    }
    const timed = async () => {
      waits = false;
      line.since = performance.now();
      try {
        return await call();
      } finally {
        line.since = undefined;
      }
    };
    try {
      return await line.turns.run(() => threads.mounts.run(timed, { signal }), { signal });
    } finally {
      line.askers--;
      if (line.askers === 0) lines.delete(key);
    }
  };

  return {
    make: async (mount, call, signal) => {
      signal.throwIfAborted();
      return unlessAborted(enter(keyOf(mount), call, signal), signal);
    },
    outForSeconds: (mount) => {
      const since = lines.get(keyOf(mount))?.since;
      return since === undefined ? undefined : (performance.now() - since) / 1000;
    },
  };
}

/** A filesystem that is mounted in the place of one that hangs, and was detached, is another one. */
function keyOf({ id, mountpoint }: Mount): string {
  return `${id} ${mountpoint}`;
}
