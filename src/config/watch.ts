import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/**
 * Looks at a file again and again and tells when its content has changed. One that cannot be read right now (it is
 * being replaced) counts as unchanged.
 *
 * @returns what ends the looking.
 */
export function watchFile(
  file: string,
  intervalSeconds: number,
  changed: () => Promise<unknown>,
): () => void {
  let known: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const look = async () => {
    const found = await fingerprint(file);
    const isNew = known !== undefined && found !== undefined && found !== known;
    known = found ?? known;
    if (isNew) await changed();
    if (!stopped) timer = setTimeout(look, intervalSeconds * 1000).unref();
  };
  void look();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

async function fingerprint(file: string): Promise<string | undefined> {
  try {
    return createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
  } catch {
    return undefined;
  }
}
