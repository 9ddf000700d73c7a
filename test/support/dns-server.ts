import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { type DecodedPacket, decode, encode, type Packet, RECURSION_DESIRED } from 'dns-packet';
import { onTestFinished } from 'vitest';
import { type TestServer, tcpServer } from './servers.ts';

/** What a server of a test says to a query; several messages are sent one after the other. */
export type DnsHandler = (query: DecodedPacket, bytes: Buffer) => Reply | readonly Reply[];
type Reply = Packet | Buffer;

/** A server of a test, which keeps the queries it got. */
export interface DnsServer {
  readonly port: number;
  readonly queries: readonly Buffer[];
}

/** Answers over UDP, on a port of its own unless given, until the test is over. */
export async function udpDnsServer(
  handler: DnsHandler,
  host = '127.0.0.1',
  port = 0,
): Promise<DnsServer> {
  const queries: Buffer[] = [];
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.on('error', () => {});
  socket.on('message', (bytes, { address, port }) => {
    queries.push(bytes);
    for (const reply of repliesTo(bytes, handler)) socket.send(reply, port, address);
  });
  socket.bind(port, host);
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return { port: (socket.address() as AddressInfo).port, queries };
}

/** Answers over TCP, on a port of its own, until the test is over. */
export async function tcpDnsServer(handler: DnsHandler): Promise<DnsServer & TestServer> {
  const queries: Buffer[] = [];
  const server = await tcpServer((socket) => answerOver(socket, handler, queries));
  return { ...server, queries };
}

/** Answers the queries that come over one connection. */
export function answerOver(socket: Socket, handler: DnsHandler, queries: Buffer[] = []): void {
  let buffered = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    while (buffered.length >= 2 && buffered.length >= 2 + buffered.readUInt16BE(0)) {
      const end = 2 + buffered.readUInt16BE(0);
      const bytes = buffered.subarray(2, end);
      buffered = buffered.subarray(end);
      queries.push(bytes);
      for (const reply of repliesTo(bytes, handler)) socket.write(framed(reply));
    }
  });
}

/** A message as TCP carries it. */
export function framed(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from([message.length >> 8, message.length & 0xff]), message]);
}

function repliesTo(bytes: Buffer, handler: DnsHandler): Buffer[] {
  const replies = handler(decode(bytes), bytes);
  const list = Array.isArray(replies) ? replies : [replies as Reply];
  return list.map((reply) => (Buffer.isBuffer(reply) ? reply : encode(reply)));
}

/** An answer to a query, with these sections. */
export function answerTo(query: DecodedPacket, parts: Packet = {}): Packet {
  return { type: 'response', id: query.id ?? 0, questions: query.questions ?? [], ...parts };
}

/** The flags of a response code. */
export const REFUSED = 5;
export const SERVFAIL = 2;
export const NXDOMAIN = 3;

/** As blackbox_exporter's own tests have it: two addresses, and nothing for those who want no recursion. */
export const recursive: DnsHandler = (query) =>
  (query.flags ?? 0) & RECURSION_DESIRED
    ? answerTo(query, {
        answers: [
          { name: 'example.com', type: 'A', ttl: 3600, data: '127.0.0.1' },
          { name: 'example.com', type: 'A', ttl: 3600, data: '127.0.0.2' },
        ],
      })
    : answerTo(query, { flags: REFUSED });

/** As blackbox_exporter's own tests have it: one answer, two authorities, three additional records. */
export const authoritative: DnsHandler = (query) => {
  const [question] = query.questions ?? [];
  const name = 'example.com';
  const soa = {
    mname: 'ns.example.com',
    rname: 'noc.example.com',
    serial: 1000,
    refresh: 7200,
    retry: 3600,
    expire: 1209600,
    minimum: 3600,
  };
  const answer =
    question?.type === 'SOA'
      ? ({ name, type: 'SOA', ttl: 3600, data: soa } as const)
      : question?.class === 'CH'
        ? ({ name, type: 'TXT', class: 'CH', ttl: 3600, data: 'goCHAOS' } as const)
        : ({ name, type: 'A', ttl: 3600, data: '127.0.0.1' } as const);
  return answerTo(query, {
    answers: [answer],
    authorities: [
      { name, type: 'NS', ttl: 7200, data: 'ns1.isp.net' },
      { name, type: 'NS', ttl: 7200, data: 'ns2.isp.net' },
    ],
    additionals: [
      { name: 'ns1.isp.net', type: 'A', ttl: 7200, data: '127.0.0.1' },
      { name: 'ns1.isp.net', type: 'AAAA', ttl: 7200, data: '::1' },
      { name: 'ns2.isp.net', type: 'A', ttl: 7200, data: '127.0.0.2' },
    ],
  });
};
