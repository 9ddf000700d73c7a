import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { readBytes } from './text-file.ts';

/** Who writes a file in place has written the rest of it by then. */
const SETTLED_MS = 500;

/** What {@link watchFile} goes by. */
export interface Watching {
  /** The content that is in force, as {@link fingerprint} tells it; `undefined`: whatever is found first. */
  readonly known: string | undefined;
  readonly intervalSeconds: number;
  /** A change counts when the content is the same after so long. */
  readonly settledMs?: number;
  readonly changed: () => Promise<unknown>;
}

/**
 * Looks at a file again and again and tells when its content has changed. One that cannot be read right now (it is
 * being replaced) counts as unchanged; one that is being written is waited for. It is read by its name each time, so
 * that it may be a symbolic link which is pointed elsewhere, as in a mounted ConfigMap.
 *
 * Files that the configuration names (certificates, passwords) are not looked at: probes read them when they need them.
 *
 * @returns what ends the looking.
 */
export function watchFile(
  file: string,
  { known: first, intervalSeconds, settledMs = SETTLED_MS, changed }: Watching,
): () => void {
  let known = first;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const look = async () => {
    const found = await fingerprint(file);
    known ??= found;
    if (found !== undefined && found !== known) {
      await sleep(settledMs, undefined, { ref: false });
      if (!stopped && (await fingerprint(file)) === found) {
        known = found;
        await changed();
      }
    }
    if (!stopped) timer = setTimeout(look, intervalSeconds * 1000).unref();
  };
  void look();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

/** Tells the content of a file from every other. `undefined` where it cannot be read. */
export async function fingerprint(file: string): Promise<string | undefined> {
  try {
    const bytes = await readBytes(file);
    return bytes && createHash('sha256').update(bytes).digest('hex');
  } catch {
    return undefined;
  }
}
