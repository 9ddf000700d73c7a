import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createBroker, createClient } from 'dbus-native';
import { onTestFinished, vi } from 'vitest';
import type { Prober } from '../../src/probers/contract.ts';
import { createSystemdBus } from '../../src/probers/systemd/bus.ts';
import { createSystemctl } from '../../src/probers/systemd/systemctl.ts';
import { systemdProber } from '../../src/probers/systemd.ts';
import { forThisTest } from './for-this-test.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A prober without connections from earlier tests. */
export function freshSystemdProber(): Prober {
  return systemdProber(createSystemdBus(), createSystemctl());
}

/** Makes this the address of the bus of this process' user. */
export async function useBus(address: string, thisTestOnly = true): Promise<void> {
  vi.stubEnv('DBUS_SESSION_BUS_ADDRESS', address);
  if (thisTestOnly) onTestFinished(() => void vi.unstubAllEnvs());
}

/** Makes a socket the bus of this test's user. Returns the connections it gets. */
export async function listenAsBus(
  serve: (socket: Socket, count: number) => void,
): Promise<Socket[]> {
  const path = join((await forThisTest(temporaryDirectory())).path, 'bus');
  const accepted: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    serve(socket.resume(), accepted.push(socket));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => {
    for (const socket of accepted) socket.destroy();
    server.close();
  });
  await useBus(`unix:path=${path}`);
  return accepted;
}

/** What {@link listenAsBus} serves with a real bus behind it. */
export function relayTo(path: string) {
  return (socket: Socket) => {
    const upstream = connect(path);
    upstream.on('error', () => {});
    socket.pipe(upstream).pipe(socket);
    socket.on('close', () => upstream.destroy());
    upstream.on('close', () => socket.destroy());
  };
}

/** A bus without systemd, or with one that answers every question with an error. */
export async function startBroker({
  error,
  authorize = () => true,
}: {
  error?: readonly [name: string, text: string];
  authorize?: () => boolean;
} = {}): Promise<void> {
  const socket = join((await forThisTest(temporaryDirectory())).path, 'bus');
  // Without a timeout: its timer would outlive a client that it refused.
  const broker = createBroker({ authorize, authTimeout: 0 });
  await new Promise<unknown>((resolve) => broker.listen({ socket }, resolve));
  onTestFinished(() => void broker.close());
  if (error) {
    const manager = createClient({ socket });
    await manager.requestName('org.freedesktop.systemd1', 0);
    const ListUnitsByNames = () => {
      throw Object.assign(new Error(error[1]), { dbusName: error[0] });
    };
    manager.exportInterface({ ListUnitsByNames }, '/org/freedesktop/systemd1', {
      name: 'org.freedesktop.systemd1.Manager',
      methods: { ListUnitsByNames: ['as', 'as', [], []] },
    });
    onTestFinished(() => manager.close());
  }
  await useBus(`unix:path=${socket}`);
}
