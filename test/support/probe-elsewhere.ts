import { join } from 'node:path';
import type { ProbeOutcome } from '../../src/probers/contract.ts';
import { startChild } from './child.ts';
import { forThisTest } from './for-this-test.ts';
import { realPart } from './real-part.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** Whether this host lets a process have an `/etc/hosts` of its own. */
export const canHaveHosts = realPart('hosts file', ['unshare', 'mount'], { root: true });

interface Probing {
  readonly prober: string;
  readonly options?: Record<string, unknown>;
  readonly targets: readonly string[];
}

/**
 * Probes in a process that shares less with this one.
 *
 * @param unshared the arguments of `unshare`, up to the command that probes.
 */
export async function probeElsewhere(
  unshared: readonly string[],
  { prober, options = {}, targets }: Probing,
): Promise<ProbeOutcome[]> {
  const script = join(import.meta.dirname, 'probe-once.ts');
  const probing = [process.execPath, script, prober, JSON.stringify(options), ...targets];
  const child = await forThisTest(startChild('unshare', [...unshared, ...probing]));
  await child.ended;
  return JSON.parse(child.stdout());
}

/** Probes where `/etc/hosts` is this. */
export async function probeWithHosts(hosts: string, probing: Probing): Promise<ProbeOutcome[]> {
  const directory = await forThisTest(temporaryDirectory());
  const file = await directory.write('hosts', hosts);
  const command = 'mount --bind "$1" /etc/hosts && shift && exec "$@"';
  return probeElsewhere(['--mount', 'sh', '-c', command, 'sh', file], probing);
}
