import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Prober } from '../../src/probers/contract.ts';
import type { Reason } from '../../src/probers/failure.ts';
import { createPing } from '../../src/probers/icmp/ping.ts';
import { icmpProber } from '../../src/probers/icmp.ts';
import { PROBERS } from '../../src/probers/index.ts';
import type { Identity } from './certificates.ts';
import type { Stage } from './ending-stages.ts';
import type { Way } from './ending-ways.ts';
import { loopback } from './loopback.ts';
import { startNetwork } from './network.ts';
import { probe } from './probe.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** What a peer does at its stage, and how the probe has to end of it. */
export interface Ending {
  /** The T of the probe. */
  readonly seconds: number;
  readonly reason: Reason;
  /** @param bare the connection, under TLS where there is any. */
  readonly act: (socket: Socket, drop: string | Buffer, bare: Socket) => void;
}

/** Between one byte and the next. */
const DRIP_MS = 1000;
const T = 0.4;

/** Of a peer that has a connection, by what they are called in titles. */
export const ENDINGS: Readonly<Record<string, Ending>> = {
  'is silent': { seconds: T, reason: 'timeout', act: () => {} },
  'drips a byte a second': {
    // Long enough for the second one.
    seconds: DRIP_MS / 1000 + 0.1,
    reason: 'timeout',
    act: (socket, drop, bare) => {
      socket.write(drop);
      const timer = setInterval(() => socket.write(drop), DRIP_MS);
      bare.on('close', () => clearInterval(timer));
    },
  },
  'resets the connection': {
    seconds: 5,
    reason: 'reset',
    act: (socket, drop, bare) => {
      socket.write(drop);
      setTimeout(() => reset(bare), 50);
    },
  },
};

/** Of one that has none. */
export const SILENT: Ending = { seconds: T, reason: 'timeout', act: () => {} };
/** The same, for long enough that it speaks twice. */
export const DRIPPING: Ending = { ...SILENT, seconds: DRIP_MS / 1000 + 0.1 };

function reset(socket: Socket): void {
  // On a path nothing but unread bytes make a reset of an end.
  if (socket.remoteAddress === undefined) socket.destroy();
  else socket.resetAndDestroy();
}

/** How a probe ended. */
export interface Ended {
  readonly reason: Reason | undefined;
  /** From T on, and 0 where the probe ended before it. */
  readonly lateMs: number;
  readonly hasArrived: boolean;
  /** Whether nothing of the probe is left. */
  readonly isFree: boolean;
}

/** Probes a peer that goes as far as the stage, and then to its ending. */
export async function meet(
  way: Way,
  { lead, drop }: Stage,
  ending: Ending,
  identity: Identity,
): Promise<Ended> {
  let hasArrived = false;
  await using peer = await startPeer(way, (socket) => {
    const arrived = (then: Socket) => {
      hasArrived = true;
      ending.act(then, drop, socket);
    };
    lead(socket, arrived, identity);
  });
  const { target, options } = way.ask(peer.at);
  const outcome = await probe(proberOf(way.prober), target, options, {
    timeoutSeconds: ending.seconds,
  });
  peer.listen();
  const isFree = await holdsSoon(() => peer.open() === 0);
  return { ...endedAs(outcome), hasArrived, isFree };
}

function endedAs({ failure, durationSeconds, timeoutSeconds }: Awaited<ReturnType<typeof probe>>) {
  const isTimeout = failure?.reason === 'timeout';
  const lateMs = isTimeout ? (durationSeconds - timeoutSeconds) * 1000 : 0;
  return { reason: failure?.reason, lateMs };
}

interface Peer extends AsyncDisposable {
  readonly at: string;
  readonly open: () => number;
  /** That a client is gone shows only to those who read. */
  readonly listen: () => void;
}

async function startPeer({ isLocal }: Way, talk: (socket: Socket) => void): Promise<Peer> {
  const sockets = new Set<Socket>();
  const server = createServer({ pauseOnConnect: isLocal ?? false }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    talk(socket);
    if (!socket.isPaused() && socket.listenerCount('data') === 0) socket.resume();
  });
  const listen = () => {
    for (const socket of sockets) if (socket.isPaused()) socket.resume();
  };
  const open = () => sockets.size;
  if (!isLocal) {
    const place = await loopback(server);
    const dispose = () => place[Symbol.asyncDispose]();
    return { at: `127.0.0.1:${place.port}`, open, listen, [Symbol.asyncDispose]: dispose };
  }
  const directory = await temporaryDirectory();
  const at = join(directory.path, 'socket');
  server.listen(at);
  await once(server, 'listening');
  const dispose = async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await directory[Symbol.asyncDispose]();
  };
  return { at, open, listen, [Symbol.asyncDispose]: dispose };
}

function proberOf(name: string): Prober {
  const prober = PROBERS.find((one) => one.name === name);
  if (!prober) throw new Error(`no prober ${name}`);
  return prober;
}

async function holdsSoon(condition: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 200; tries++) {
    if (condition()) return true;
    await sleep(10);
  }
  return false;
}

// Those that have no connection: a peer that answers beside the point, a child that will not end.

let udpPeers = 0;
const openUdpSockets = () =>
  process.getActiveResourcesInfo().filter((name) => name === 'UDPWrap').length;

/**
 * Probes a peer of dns over UDP.
 * @param answer what comes back for a query, at once and then each second.
 */
export async function meetOverUdp(
  ending: Ending,
  answer: (query: Buffer) => Buffer | undefined,
): Promise<Ended> {
  const peer = createSocket('udp4');
  udpPeers++;
  const timers: NodeJS.Timeout[] = [];
  let hasArrived = false;
  peer.on('message', (query, { address, port }) => {
    hasArrived = true;
    const reply = answer(query);
    if (!reply) return;
    peer.send(reply, port, address);
    timers.push(setInterval(() => peer.send(reply, port, address), DRIP_MS));
  });
  peer.bind(0, '127.0.0.1');
  await once(peer, 'listening');
  const target = `127.0.0.1:${(peer.address() as AddressInfo).port}`;
  const options = { query_name: 'example.com', query_type: 'A' };
  const timeoutSeconds = ending.seconds;
  const outcome = await probe(proberOf('dns'), target, options, { timeoutSeconds });
  const isFree = await holdsSoon(() => openUdpSockets() <= udpPeers);
  for (const timer of timers) clearInterval(timer);
  peer.close();
  udpPeers--;
  return { ...endedAs(outcome), hasArrived, isFree };
}

/** An answer to another query. */
export function withAnotherId(query: Buffer): Buffer {
  const reply = Buffer.from(query);
  reply.writeUInt16BE(query.readUInt16BE(0) ^ 1, 0);
  return reply;
}

/**
 * Probes by a child process.
 * @param script what stands in for `ping`.
 */
export async function meetByPing(
  ending: Ending,
  script: string,
  target = '127.0.0.1',
): Promise<Ended> {
  await using directory = await temporaryDirectory();
  await chmod(directory.path, 0o755);
  const file = join(directory.path, 'pid');
  await chmod(await directory.write('ping', `#!/bin/sh\necho $$ >'${file}'\n${script}\n`), 0o755);
  const path = [directory.path, '/usr/bin', '/bin'].join(delimiter);
  const timeoutSeconds = ending.seconds;
  const outcome = await probe(icmpProber(createPing(path)), target, {}, { timeoutSeconds });
  const pid = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  const isFree = await holdsSoon(() => !existsSync(`/proc/${pid}`));
  return { ...endedAs(outcome), hasArrived: pid !== '', isFree };
}

/** Probes by the real `ping` a host that never answers. */
export async function meetAcrossNetwork(ending: Ending): Promise<Ended> {
  await using network = await startNetwork();
  const ping = '"$(PATH=/usr/bin:/bin:/usr/sbin:/sbin command -v ping)"';
  // A host that a router drops everything for.
  return await meetByPing(ending, `exec ${network.enter} ${ping} "$@"`, '10.9.4.1');
}
