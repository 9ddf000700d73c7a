import { connect, type Socket } from 'node:net';
import { errorCode, ProbeFailure, toFailure } from '../failure.ts';
import { hostPort } from './address.ts';
import type { PermittedAddress } from './gate.ts';

interface Destroyable {
  destroy(): unknown;
}

/**
 * Ends one connection when the signal fires, or before. It holds the outermost socket only: to destroy a socket
 * under a TLS one that is at work crashes Node.js.
 */
export class Lifeline {
  readonly signal: AbortSignal;
  #held: Destroyable | undefined;

  constructor(signal: AbortSignal) {
    signal.throwIfAborted();
    this.signal = signal;
    signal.addEventListener('abort', this.end, { once: true });
  }

  hold(socket: Destroyable): void {
    this.#held = socket;
  }

  readonly end = (): void => {
    this.signal.removeEventListener('abort', this.end);
    this.#held?.destroy();
  };
}

/**
 * Opens one TCP connection: one address, one attempt. Errors that come when nobody listens any more hurt nobody.
 *
 * @param sourceIp the local address to send from.
 * @throws {ProbeFailure} `refused`, `unreachable`, `timeout`, …
 */
export function dial(
  { ip, family, port }: PermittedAddress,
  lifeline: Lifeline,
  sourceIp?: string,
): Promise<Socket> {
  return new Promise((connected, failed) => {
    const socket = connect({
      host: ip,
      port,
      family,
      autoSelectFamily: false,
      noDelay: true,
      ...(sourceIp && { localAddress: sourceIp }),
    });
    lifeline.hold(socket);
    socket.on('error', (error) => failed(dialFailure(error, hostPort(ip, port), sourceIp)));
    socket.once('connect', () => connected(socket));
  });
}

/** Makes a failure of an error on the way to a peer, over TCP or UDP. */
export function dialFailure(
  error: Error,
  peer: string,
  sourceIp: string | undefined,
): ProbeFailure {
  const code = errorCode(error);
  // What Linux says of a link-local address whose zone it does not have.
  const reason = code === 'EINVAL' ? 'unreachable' : toFailure(error).reason;
  return new ProbeFailure(reason, dialSentence(code, peer, sourceIp), { cause: error });
}

function dialSentence(code: string, peer: string, sourceIp: string | undefined): string {
  switch (code) {
    case 'ECONNREFUSED':
      return `connection refused by ${peer}`;
    case 'ECONNRESET':
      return `connection reset by ${peer}`;
    case 'ETIMEDOUT':
      return `${peer} did not answer the connection attempt`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
    case 'EINVAL':
      return `no route to ${peer}`;
    case 'EADDRNOTAVAIL':
      return `no local address to reach ${peer} from${sourceIp ? ` (source ${sourceIp})` : ''}`;
    case 'EACCES':
    case 'EPERM':
      return `this host forbids connections to ${peer}`;
    default:
      return `cannot connect to ${peer}${sourceIp ? ` from ${sourceIp}` : ''}: ${code || 'unknown error'}`;
  }
}
