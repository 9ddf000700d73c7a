import { type IncomingMessage, request as nodeRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { Secret } from '../../lib/secret.ts';
import { ProbeFailure } from '../failure.ts';
import { exchangeFailure } from '../shared/http-failure.ts';
import { wire } from '../shared/http-headers.ts';
import { keepSocketError } from '../shared/socket-error.ts';

interface Tunnelling {
  /** Host and port to ask for. */
  readonly destination: string;
  /** Headers of our own: who is asking. */
  readonly authorization: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, readonly Secret[]>>;
  /** The proxy, for messages. */
  readonly peer: string;
}

// Go's client reads as much.
const MAX_ANSWER_BYTES = 256 * 1024;

/**
 * Asks a proxy, over an open connection to it, for a tunnel (CONNECT). The connection is the tunnel afterwards.
 *
 * @throws {ProbeFailure} `refused` where the answer is not 2xx; `protocol`, `reset`.
 */
export function openTunnel(
  socket: Socket,
  { destination, authorization, headers, peer }: Tunnelling,
): Promise<void> {
  return new Promise((opened, failed) => {
    const connection = keepSocketError(socket, { peer, socketError: undefined });
    const request = nodeRequest({
      method: 'CONNECT',
      path: destination,
      setHost: false,
      headers: {
        host: destination,
        ...authorization,
        ...revealed(headers),
      },
      createConnection: () => socket,
      maxHeaderSize: MAX_ANSWER_BYTES,
    });
    // Else Node.js asks the proxy to close.
    request.removeHeader('connection');
    request.on('error', (error) => failed(exchangeFailure(error, 'answer', connection)));
    request.once(
      'connect',
      ({ statusCode = 0 }: IncomingMessage, _socket: Socket, rest: Buffer) => {
        if (statusCode < 200 || statusCode > 299) {
          failed(new ProbeFailure('refused', `${peer} refused a tunnel with status ${statusCode}`));
          return;
        }
        if (rest.length > 0) socket.unshift(rest);
        opened();
      },
    );
    request.end();
  });
}

function revealed(headers: Tunnelling['headers']): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, values]) => [
      name.toLowerCase(),
      values.map((value) => wire(value.reveal())),
    ]),
  );
}
