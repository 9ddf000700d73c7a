import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Prober } from '../../../src/probers/contract.ts';
import type { Reason } from '../../../src/probers/failure.ts';
import { createPing } from '../../../src/probers/icmp/ping.ts';
import { icmpProber } from '../../../src/probers/icmp.ts';
import { PROBERS } from '../../../src/probers/index.ts';
import type { Identity } from '../../support/certificates.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import { loopback } from '../../support/loopback.ts';
import { hasNetworks, startNetwork } from '../../support/network.ts';
import { probe } from '../../support/probe.ts';
import { realPart } from '../../support/real-part.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { acceptance } from '../../support/websocket-server.ts';

// The peers: how far a conversation goes, and what a peer can then say for ever.

/** Talks until the point of the test, and hands on what to go on with from there. */
type Lead = (socket: Socket, arrived: (socket: Socket) => void) => void;

interface Stage {
  readonly lead: Lead;
  /** What can be repeated without an end to it. */
  readonly drop: string | Buffer;
}

const accepting: Lead = (socket, arrived) => arrived(socket);

const saying =
  (start: string | Buffer): Lead =>
  (socket, arrived) =>
    void socket.once('data', () => {
      socket.write(start);
      arrived(socket);
    });

const answering =
  (answer: Buffer, then: Lead): Lead =>
  (socket, arrived) =>
    void socket.once('data', () => {
      socket.write(answer);
      then(socket, arrived);
    });

/** Takes what the socket's buffers hold, and no more. */
const notReading =
  (start: string): Lead =>
  (socket, arrived) => {
    socket.pause();
    socket.write(start);
    arrived(socket);
  };

const greeting =
  (start: string, then: Lead): Lead =>
  (socket, arrived) => {
    socket.write(start);
    then(socket, arrived);
  };

const upgrading =
  (start: Buffer): Lead =>
  (socket, arrived) =>
    void socket.once('data', (request) => {
      socket.write(acceptance(request.toString('latin1')));
      socket.write(start);
      arrived(socket);
    });

const authority = authorityOfThisFile();
let identity: Identity;

const secured =
  (then: Lead, protocol = 'http/1.1'): Lead =>
  (socket, arrived) => {
    const ALPNProtocols = Buffer.from([protocol.length, ...Buffer.from(protocol)]);
    const secure = new TLSSocket(socket, { isServer: true, ...identity, ALPNProtocols });
    secure.on('error', () => {});
    secure.on('close', () => socket.destroy());
    then(secure, arrived);
    secure.resume();
  };

/** The first byte of a record of TLS; what is wrong with the next ones shows when there are five. */
const RECORD = Buffer.of(0x16);

const http2Frame = (type: number, stream: number, payload: Buffer, flags = 0) =>
  Buffer.concat([Buffer.of(0, 0, payload.length, type, flags, 0, 0, 0, stream), payload]);
const SETTINGS = http2Frame(4, 0, Buffer.alloc(0));
// HPACK: ":status: 200", and "content-type" with a value of its own.
const GRPC_TYPE = Buffer.concat([Buffer.of(0x88, 0x0f, 0x10, 16), Buffer.from('application/grpc')]);
const ANSWER = Buffer.concat([SETTINGS, http2Frame(1, 1, GRPC_TYPE, 4)]);
const BYTE_OF_DATA = http2Frame(0, 1, Buffer.alloc(1));

const HANDSHAKE: Stage = { lead: accepting, drop: RECORD };
const STATUS_LINE: Stage = { lead: saying('HTTP/1.1 200 '), drop: 'O' };
const HEADERS: Stage = { lead: saying('HTTP/1.1 200 OK\r\na: '), drop: 'x' };
const BODY: Stage = {
  lead: saying('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n'),
  drop: 'x',
};
const TEXT_OF_99 = Buffer.of(0x81, 99);
/** SOCKS5: nobody has to say who is asking; and success, at a name of 99 bytes. */
const NO_AUTH = Buffer.of(5, 0);
const BOUND_TO_99 = Buffer.of(5, 0, 0, 3, 99);
const LENGTH_99 = Buffer.of(0, 99);

const overTls = ({ lead, drop }: Stage, protocol?: string): Stage => ({
  lead: secured(lead, protocol),
  drop,
});

// What is probed, and where its peers stop.

interface Way {
  readonly prober: string;
  readonly ask: (at: string) => { target: string; options?: Record<string, unknown> };
  readonly stages: Readonly<Record<string, Stage>>;
  /** Listens on a path. */
  readonly isLocal?: boolean;
}

const anyCertificate = { tls_config: { insecure_skip_verify: true } };
const READY = { query_response: [{ expect: '^ready' }] };
const MIB = 1024 * 1024;
const dnsOver = (options: object) => ({
  query_name: 'example.com',
  transport_protocol: 'tcp',
  ...options,
});
const idp = (at: string) => ({ client_id: 'a', client_secret: 'b', token_url: `http://${at}/` });

const WAYS: Readonly<Record<string, Way>> = {
  http: {
    prober: 'http',
    ask: (at) => ({ target: `http://${at}/` }),
    stages: { 'in its status line': STATUS_LINE, 'in its headers': HEADERS, 'in its body': BODY },
  },
  'http with a long body to send': {
    prober: 'http',
    ask: (at) => ({
      target: `http://${at}/`,
      options: { method: 'POST', body: 'x'.repeat(16 * MIB) },
    }),
    stages: {
      'having read a part': { lead: notReading('HTTP/1.1 200 '), drop: 'O' },
      'in its body': BODY,
    },
  },
  https: {
    prober: 'http',
    ask: (at) => ({ target: `https://${at}/`, options: anyCertificate }),
    stages: {
      'in the handshake': HANDSHAKE,
      'in its headers': overTls(HEADERS),
      'in its body': overTls(BODY),
    },
  },
  'http over HTTP/2': {
    prober: 'http',
    ask: (at) => ({ target: `https://${at}/`, options: anyCertificate }),
    stages: {
      'before its settings': overTls({ lead: saying(''), drop: '\0' }, 'h2'),
      'in its body': overTls({ lead: saying(ANSWER), drop: BYTE_OF_DATA }, 'h2'),
    },
  },
  'http through a proxy': {
    prober: 'http',
    ask: (at) => ({
      target: 'https://127.0.0.1:1/',
      options: { proxy_url: `http://${at}`, ...anyCertificate },
    }),
    stages: {
      'in the answer of the proxy': HEADERS,
      'behind the answer of the proxy': { lead: saying('HTTP/1.1 200 OK\r\n\r\n'), drop: RECORD },
    },
  },
  'http through a proxy with TLS': {
    prober: 'http',
    ask: (at) => ({ target: 'http://127.0.0.1:1/', options: { proxy_url: `https://${at}` } }),
    stages: { 'in the handshake': HANDSHAKE },
  },
  'http through a SOCKS proxy': {
    prober: 'http',
    ask: (at) => ({ target: 'http://127.0.0.1:1/', options: { proxy_url: `socks5://${at}` } }),
    stages: {
      'in its answer': { lead: answering(NO_AUTH, saying(BOUND_TO_99)), drop: 'x' },
    },
  },
  'http with a token of OAuth2': {
    prober: 'http',
    ask: (at) => ({ target: 'http://127.0.0.1:1/', options: { oauth2: idp(at) } }),
    stages: { 'in its headers': HEADERS, 'in its body': BODY },
  },
  tcp: {
    prober: 'tcp',
    ask: (at) => ({ target: at, options: READY }),
    stages: { 'in its banner': { lead: accepting, drop: 'r' } },
  },
  'tcp with TLS': {
    prober: 'tcp',
    ask: (at) => ({ target: at, options: { tls: true, ...anyCertificate, ...READY } }),
    stages: {
      'in the handshake': HANDSHAKE,
      'in its banner': overTls({ lead: accepting, drop: 'r' }),
    },
  },
  'tcp with STARTTLS': {
    prober: 'tcp',
    ask: (at) => ({
      target: at,
      options: {
        ...anyCertificate,
        query_response: [
          { expect: '^220' },
          { starttls: true },
          { send: 'EHLO' },
          { expect: '^ready' },
        ],
      },
    }),
    stages: {
      'in the handshake': { lead: greeting('220 go\r\n', saying('')), drop: RECORD },
      'behind the handshake': {
        lead: greeting('220 go\r\n', secured(saying(''))),
        drop: 'r',
      },
    },
  },
  unix: {
    prober: 'unix',
    isLocal: true,
    ask: (at) => ({
      target: at,
      options: { query_response: [{ send: 'hello' }, { expect: '^ready' }] },
    }),
    stages: { 'in its answer': { lead: notReading(''), drop: 'r' } },
  },
  'unix with TLS': {
    prober: 'unix',
    isLocal: true,
    ask: (at) => ({ target: at, options: { tls: true, ...anyCertificate } }),
    stages: { 'in the handshake': { lead: notReading(''), drop: RECORD } },
  },
  'dns over TCP': {
    prober: 'dns',
    ask: (at) => ({ target: at, options: dnsOver({}) }),
    stages: {
      'in the length of its answer': { lead: saying(''), drop: '\x01' },
      'in its answer': { lead: saying(LENGTH_99), drop: '\0' },
    },
  },
  'dns over TLS': {
    prober: 'dns',
    ask: (at) => ({ target: at, options: dnsOver({ dns_over_tls: true, ...anyCertificate }) }),
    stages: {
      'in the handshake': HANDSHAKE,
      'in its answer': overTls({ lead: saying(LENGTH_99), drop: '\0' }),
    },
  },
  grpc: {
    prober: 'grpc',
    ask: (at) => ({ target: at }),
    stages: {
      'before its settings': { lead: saying(''), drop: '\0' },
      'in its message': { lead: saying(ANSWER), drop: BYTE_OF_DATA },
    },
  },
  'grpc with TLS': {
    prober: 'grpc',
    ask: (at) => ({ target: at, options: { tls: true, ...anyCertificate } }),
    stages: {
      'in the handshake': HANDSHAKE,
      'in its message': overTls({ lead: saying(ANSWER), drop: BYTE_OF_DATA }, 'h2'),
    },
  },
  websocket: {
    prober: 'websocket',
    ask: (at) => ({ target: `ws://${at}/`, options: READY }),
    stages: {
      'in its headers': { lead: saying('HTTP/1.1 101 a\r\na: '), drop: 'x' },
      'in a message': { lead: upgrading(TEXT_OF_99), drop: 'x' },
    },
  },
  'websocket with TLS': {
    prober: 'websocket',
    ask: (at) => ({
      target: `wss://${at}/`,
      options: { http_config: anyCertificate, ...READY },
    }),
    stages: {
      'in the handshake': HANDSHAKE,
      'in its headers': overTls({ lead: saying('HTTP/1.1 101 a\r\na: '), drop: 'x' }),
      'in a message': overTls({ lead: upgrading(TEXT_OF_99), drop: 'x' }),
    },
  },
};

// What the peers do there.

interface Ending {
  /** The T of the probe. */
  readonly seconds: number;
  readonly reason: Reason;
  /** @param bare the connection, under TLS where there is any. */
  readonly act: (socket: Socket, drop: string | Buffer, bare: Socket) => void;
}

const DRIP_MS = 1000;
const T = 0.4;

const ENDINGS: Readonly<Record<string, Ending>> = {
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

function reset(socket: Socket): void {
  // On a path nothing but unread bytes make a reset of an end.
  if (socket.remoteAddress === undefined) socket.destroy();
  else socket.resetAndDestroy();
}

interface Case {
  readonly title: string;
  readonly prober: string;
  readonly ending: Ending;
  readonly run: () => Promise<Ended>;
}

interface Ended {
  readonly reason: Reason | undefined;
  /** From T on, and 0 where the probe ended before it. */
  readonly lateMs: number;
  readonly hasArrived: boolean;
  /** Whether nothing of the probe is left. */
  readonly isFree: boolean;
}

function casesOf(name: string, way: Way): Case[] {
  return Object.entries(way.stages).flatMap(([where, stage]) =>
    Object.entries(ENDINGS).map(([what, ending]) => ({
      title: `${name}: a peer that ${where} ${what}`,
      prober: way.prober,
      ending,
      run: () => meet(way, stage, ending),
    })),
  );
}

async function meet(way: Way, { lead, drop }: Stage, ending: Ending): Promise<Ended> {
  let hasArrived = false;
  await using peer = await startPeer(way, (socket) => {
    lead(socket, (then) => {
      hasArrived = true;
      ending.act(then, drop, socket);
    });
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

/** @param answer what comes back for a query, at once and then each second. */
async function meetOverUdp(
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

function withAnotherId(query: Buffer): Buffer {
  const reply = Buffer.from(query);
  reply.writeUInt16BE(query.readUInt16BE(0) ^ 1, 0);
  return reply;
}

/** @param script what stands in for `ping`. */
async function meetByPing(ending: Ending, script: string, target = '127.0.0.1'): Promise<Ended> {
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

const hasPing = realPart('ping', ['ping']) && hasNetworks;

async function meetAcrossNetwork(ending: Ending): Promise<Ended> {
  await using network = await startNetwork();
  const ping = '"$(PATH=/usr/bin:/bin:/usr/sbin:/sbin command -v ping)"';
  // A host that a router drops everything for.
  return await meetByPing(ending, `exec ${network.enter} ${ping} "$@"`, '10.9.4.1');
}

const SILENT: Ending = { seconds: T, reason: 'timeout', act: () => {} };
const DRIPPING: Ending = { ...SILENT, seconds: DRIP_MS / 1000 + 0.1 };

const CASES: readonly Case[] = [
  ...Object.entries(WAYS).flatMap(([name, way]) => casesOf(name, way)),
  {
    title: 'dns over UDP: a peer that is silent',
    prober: 'dns',
    ending: SILENT,
    run: () => meetOverUdp(SILENT, () => undefined),
  },
  {
    title: 'dns over UDP: a peer that answers something else each second',
    prober: 'dns',
    ending: DRIPPING,
    run: () => meetOverUdp(DRIPPING, withAnotherId),
  },
  {
    title: 'icmp: a ping that prints a byte a second and does not want to end',
    prober: 'icmp',
    ending: DRIPPING,
    run: () => meetByPing(DRIPPING, "trap '' TERM INT HUP; while :; do printf .; sleep 1; done"),
  },
  ...(hasPing
    ? [
        {
          title: 'icmp: a host that is silent',
          prober: 'icmp',
          ending: SILENT,
          run: () => meetAcrossNetwork(SILENT),
        },
      ]
    : []),
];

/** The issue's own bound: a probe that times out has ended this much after T. */
const LATEST_MS = 100;
const isInTime = ({ lateMs }: Ended) => lateMs >= 0 && lateMs <= LATEST_MS;
const isUndisturbed = (ended: Ended) => isInTime(ended) && ended.hasArrived;

/** So few that they do not hold up each other. */
const AT_ONCE = 10;
const ATTEMPTS = 4;

describe('every prober ends at T at the latest, for the right reason, and leaves nothing open', () => {
  const ended = new Map<Case, Ended>();

  beforeAll(async () => {
    identity = authority().issue({ names: 'IP:127.0.0.1' });
    // Those of one T together, so that nobody waits for one of a longer one.
    const sorted = CASES.toSorted((a, b) => a.ending.seconds - b.ending.seconds);
    for (let start = 0; start < sorted.length; start += AT_ONCE) {
      const group = sorted.slice(start, start + AT_ONCE);
      await Promise.all(group.map(async (one) => ended.set(one, await one.run())));
    }
  }, 60_000);

  test.each(CASES)('trap 1: $title', async (one) => {
    // This one bound in time is promised to users. What else runs on this machine may hold up this process for
    // longer than that, or a handshake until T, but hardly each time; a probe that really ends late does so each time.
    for (let attempt = 1; attempt < ATTEMPTS && !isUndisturbed(resultOf(one)); attempt++) {
      ended.set(one, await one.run());
    }
    const { lateMs, ...result } = resultOf(one);
    expect(result).toEqual({ reason: one.ending.reason, hasArrived: true, isFree: true });
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThanOrEqual(LATEST_MS);
  });

  test('and none of those that ask over a network is missing here', () => {
    const here = new Set(CASES.map(({ prober }) => prober));
    const overNetwork = PROBERS.filter(
      ({ metrics, name }) => 'probe_ip_protocol' in metrics || name === 'unix',
    );
    expect(overNetwork.map(({ name }) => name).filter((name) => !here.has(name))).toEqual([]);
    expect(overNetwork.length).toBeGreaterThan(5);
  });

  function resultOf(one: Case): Ended {
    const result = ended.get(one);
    if (!result) throw new Error('it did not run');
    return result;
  }
});
