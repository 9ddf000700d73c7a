import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Identity } from './certificates.ts';
import { acceptance } from './websocket-server.ts';

/**
 * Talks until the point of the test, and hands on what to go on with from there.
 * @param identity what it shows where it speaks TLS.
 */
export type Lead = (socket: Socket, arrived: (socket: Socket) => void, identity: Identity) => void;

/** How far a conversation goes, and what a peer can then say for ever. */
export interface Stage {
  readonly lead: Lead;
  /** What can be repeated without an end to it. */
  readonly drop: string | Buffer;
}

/** Says nothing. */
export const accepting: Lead = (socket, arrived) => arrived(socket);

/** Waits for the first bytes, whatever they are, and says one thing. */
export const saying =
  (start: string | Buffer): Lead =>
  (socket, arrived) =>
    void socket.once('data', () => {
      socket.write(start);
      arrived(socket);
    });

/** Answers the first bytes, and goes on. */
export const answering =
  (answer: Buffer, then: Lead): Lead =>
  (socket, arrived, identity) =>
    void socket.once('data', () => {
      socket.write(answer);
      then(socket, arrived, identity);
    });

/** Takes what the socket's buffers hold, and no more. */
export const notReading =
  (start: string): Lead =>
  (socket, arrived) => {
    socket.pause();
    socket.write(start);
    arrived(socket);
  };

/** Speaks first, and goes on. */
export const greeting =
  (start: string, then: Lead): Lead =>
  (socket, arrived, identity) => {
    socket.write(start);
    then(socket, arrived, identity);
  };

/** Takes the handshake of a WebSocket, and says one thing in it. */
export const upgrading =
  (start: Buffer): Lead =>
  (socket, arrived) =>
    void socket.once('data', (request) => {
      socket.write(acceptance(request.toString('latin1')));
      socket.write(start);
      arrived(socket);
    });

/** Goes on over TLS, of HTTP/1.1 unless another protocol is said. */
export const secured =
  (then: Lead, protocol = 'http/1.1'): Lead =>
  (socket, arrived, identity) => {
    const ALPNProtocols = Buffer.from([protocol.length, ...Buffer.from(protocol)]);
    const secure = new TLSSocket(socket, { isServer: true, ...identity, ALPNProtocols });
    secure.on('error', () => {});
    secure.on('close', () => socket.destroy());
    then(secure, arrived, identity);
    secure.resume();
  };

/** The first byte of a record of TLS; what is wrong with the next ones shows when there are five. */
export const RECORD = Buffer.of(0x16);

const http2Frame = (type: number, stream: number, payload: Buffer, flags = 0) =>
  Buffer.concat([Buffer.of(0, 0, payload.length, type, flags, 0, 0, 0, stream), payload]);
const SETTINGS = http2Frame(4, 0, Buffer.alloc(0));
// HPACK: ":status: 200", and "content-type" with a value of its own.
const GRPC_TYPE = Buffer.concat([Buffer.of(0x88, 0x0f, 0x10, 16), Buffer.from('application/grpc')]);
/** The settings of HTTP/2 and the headers of an answer of gRPC. */
export const ANSWER = Buffer.concat([SETTINGS, http2Frame(1, 1, GRPC_TYPE, 4)]);
/** A frame of its data. */
export const BYTE_OF_DATA = http2Frame(0, 1, Buffer.alloc(1));

/** In a handshake of TLS. */
export const HANDSHAKE: Stage = { lead: accepting, drop: RECORD };
/** In the first line of an answer of HTTP. */
export const STATUS_LINE: Stage = { lead: saying('HTTP/1.1 200 '), drop: 'O' };
/** In its headers. */
export const HEADERS: Stage = { lead: saying('HTTP/1.1 200 OK\r\na: '), drop: 'x' };
/** In its body. */
export const BODY: Stage = {
  lead: saying('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n'),
  drop: 'x',
};
/** The start of a message of a WebSocket. */
export const TEXT_OF_99 = Buffer.of(0x81, 99);
/** SOCKS5: nobody has to say who is asking. */
export const NO_AUTH = Buffer.of(5, 0);
/** SOCKS5: success, at a name of 99 bytes. */
export const BOUND_TO_99 = Buffer.of(5, 0, 0, 3, 99);
/** The length before a message of DNS over TCP. */
export const LENGTH_99 = Buffer.of(0, 99);

/** The same stage behind a handshake. */
export const overTls = ({ lead, drop }: Stage, protocol?: string): Stage => ({
  lead: secured(lead, protocol),
  drop,
});
