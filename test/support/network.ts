import { join } from 'node:path';
import { startChild } from './child.ts';
import { realPart } from './real-part.ts';

export const hasNetworks = realPart('network', ['unshare', 'nsenter', 'ip', 'mount'], {
  root: true,
});

/** A network of three hosts of its own: this one, a router, and a host behind that. See `network.sh`. */
export interface Network extends AsyncDisposable {
  /** What to write before a command for it to run on the first of the hosts. */
  readonly enter: string;
}

export async function startNetwork(): Promise<Network> {
  const script = join(import.meta.dirname, 'network.sh');
  const child = startChild('unshare', ['--net', '--mount', 'sh', script]);
  try {
    await child.says(/^ready$/m);
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
  return {
    enter: `nsenter --target ${child.pid} --net --`,
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
