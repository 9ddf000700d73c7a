import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServerParts } from '../web/bounds.ts';
import { type ListenAddress, type Listening, listen, listenOnDescriptor } from '../web/server.ts';
import { socketsOfSystemd } from './environment.ts';
import type { ServeOptions } from './serve-options.ts';

/** All that an exporter listens on. */
export interface Servers {
  /** Absent for unix-domain sockets. */
  readonly addresses: readonly (AddressInfo | undefined)[];
  /** Lets requests in flight end for `graceMs`, then closes. */
  readonly stop: (graceMs: number) => Promise<void>;
}

/**
 * Listens wherever the options say. Where one place cannot be listened on, none is.
 *
 * @throws the listen error.
 */
export async function openServers(
  handler: RequestListener,
  options: Pick<ServeOptions, 'systemdSocket' | 'listenAddresses'>,
  parts: ServerParts,
): Promise<Servers> {
  const servers: Listening<AddressInfo | undefined>[] = [];
  const stop = async (graceMs: number) => {
    await Promise.all(servers.map((server) => server.stop(graceMs)));
  };
  try {
    for (const place of placesToListen(options)) {
      servers.push(
        typeof place === 'number'
          ? await listenOnDescriptor(handler, place, parts)
          : await listen(handler, place, parts),
      );
    }
  } catch (error) {
    await stop(0);
    throw error;
  }
  return { addresses: servers.map(({ address }) => address), stop };
}

/** Addresses, or descriptors of sockets. */
function placesToListen({
  systemdSocket,
  listenAddresses,
}: Pick<ServeOptions, 'systemdSocket' | 'listenAddresses'>): readonly (ListenAddress | number)[] {
  const passed = socketsOfSystemd();
  if (!systemdSocket) return listenAddresses;
  if (typeof passed === 'string') throw new Error(`--web.systemd-socket: ${passed}`);
  return passed;
}
