import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import type { ProbeContext } from '../contract.ts';
import { errorCode, ProbeFailure } from '../failure.ts';
import { hostPort } from '../shared/address.ts';
import { dialFailure, type Lifeline } from '../shared/dial.ts';
import type { PermittedAddress } from '../shared/gate.ts';
import { handshakeFailure } from '../shared/tls.ts';
import { type DnsAnswer, type DnsQuery, decodeAnswer } from './message.ts';
import { WireError } from './wire.ts';

type Log = ProbeContext<unknown, never>['log'];

/** A way to a server, to ask one question over. */
export interface DnsLine {
  /** @throws {ProbeFailure} `protocol`, `refused`, `reset`, … */
  readonly ask: (query: DnsQuery, log: Log) => Promise<DnsAnswer>;
}

/**
 * Opens a UDP socket that hears nobody but the server.
 *
 * @param sourceIp the local address to send from.
 * @throws {ProbeFailure} `unreachable`, …
 */
export function openUdp(
  { ip, family, port }: PermittedAddress,
  lifeline: Lifeline,
  sourceIp: string,
): Promise<DnsLine> {
  lifeline.signal.throwIfAborted();
  const peer = hostPort(ip, port);
  return new Promise((opened, failed) => {
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      // Addresses only, nothing to look up.
      lookup: (text, _options, found) => found(null, text, family),
    });
    lifeline.hold(closable(socket));
    socket.on('error', (error) => failed(dialFailure(error, peer, sourceIp)));
    socket.once('connect', () =>
      opened({ ask: (query, log) => askByUdp(socket, peer, query, log) }),
    );
    if (sourceIp === '') socket.connect(port, ip);
    else socket.bind({ address: sourceIp }, () => socket.connect(port, ip));
  });
}

/** To close a socket twice is an error. */
function closable(socket: UdpSocket) {
  let open = true;
  socket.once('close', () => {
    open = false;
  });
  return {
    destroy: () => {
      if (open) socket.close();
      open = false;
    },
  };
}

function askByUdp(socket: UdpSocket, peer: string, query: DnsQuery, log: Log): Promise<DnsAnswer> {
  return new Promise((answered, failed) => {
    socket.on('error', (error) => failed(dialFailure(error, peer, undefined)));
    socket.on('message', (bytes) => {
      try {
        const answer = decodeAnswer(bytes, query);
        if (answer) answered(answer);
        // Late answers to others who had this port, or forged ones: the true one may still come.
        else log('a datagram that does not answer the query was ignored', { bytes: bytes.length });
      } catch (error) {
        failed(unreadable(error, peer));
      }
    });
    socket.send(query.bytes, (error) => {
      if (error) failed(dialFailure(error, peer, undefined));
    });
  });
}

/** Asks over an open connection, plain or TLS. */
export function overStream(socket: Socket, peer: string): DnsLine {
  return {
    ask: async (query) => {
      const message = receiveMessage(socket, peer);
      socket.write(withLength(query.bytes));
      return decode(await message, query, peer);
    },
  };
}

function withLength(bytes: Buffer): Buffer {
  const message = Buffer.alloc(2 + bytes.length);
  message.writeUInt16BE(bytes.length);
  bytes.copy(message, 2);
  return message;
}

function receiveMessage(socket: Socket, peer: string): Promise<Buffer> {
  return new Promise((received, failed) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let wanted = 2;
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length < wanted) return;
      const bytes = Buffer.concat(chunks.splice(0));
      chunks.push(bytes);
      wanted = 2 + bytes.readUInt16BE(0);
      if (length < wanted) return;
      socket.pause();
      received(bytes.subarray(2, wanted));
    });
    socket.once('error', (error) => failed(brokenFailure(error, peer)));
    socket.once('close', () => failed(closedFailure(peer, length)));
    socket.once('end', () => failed(closedFailure(peer, length)));
  });
}

function brokenFailure(error: Error, peer: string): ProbeFailure {
  if (errorCode(error).startsWith('ERR_SSL_')) return handshakeFailure(error, peer);
  return new ProbeFailure('reset', `${peer} reset the connection`, { cause: error });
}

function closedFailure(peer: string, length: number): ProbeFailure {
  const when = length === 0 ? 'without an answer' : 'in the middle of its answer';
  return new ProbeFailure('protocol', `${peer} closed the connection ${when}`);
}

function decode(bytes: Buffer, query: DnsQuery, peer: string): DnsAnswer {
  try {
    const answer = decodeAnswer(bytes, query);
    if (answer) return answer;
  } catch (error) {
    throw unreadable(error, peer);
  }
  throw new ProbeFailure('protocol', `${peer} sent what does not answer the query`);
}

function unreadable(error: unknown, peer: string): unknown {
  if (!(error instanceof WireError)) return error;
  return new ProbeFailure('protocol', `the answer of ${peer} ${error.message}`, { cause: error });
}
