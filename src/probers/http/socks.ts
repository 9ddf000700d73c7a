import { isIP, type Socket } from 'node:net';
import type { Secret } from '../../lib/secret.ts';
import { ProbeFailure } from '../failure.ts';
import { addressBytes } from '../shared/address.ts';
import type { Address } from '../shared/gate.ts';
import { exchangeFailure } from '../shared/http-failure.ts';
import { keepSocketError } from '../shared/socket-error.ts';

interface Tunnelling {
  /** A name, which the proxy looks up, or an address. */
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: Secret;
  /** The proxy, for messages. */
  readonly peer: string;
}

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const USERNAME_AND_PASSWORD = 2;

/**
 * Asks a SOCKS5 proxy (RFC 1928, 1929), over an open connection to it, for a tunnel. The connection is the tunnel
 * afterwards.
 *
 * @throws {ProbeFailure} `refused` where the proxy says no; `protocol`, `reset`.
 */
export async function openSocksTunnel(socket: Socket, tunnelling: Tunnelling): Promise<void> {
  const { peer } = tunnelling;
  const answers = new Answers(socket, peer);
  await authenticate(socket, answers, tunnelling);
  socket.write(Buffer.concat([Buffer.of(VERSION, 1, 0), place(tunnelling)]));
  const [version, code = 0, , kind = 0] = await answers.take(4);
  if (version !== VERSION) throw notSocks(peer);
  if (code !== 0) {
    throw new ProbeFailure('refused', `${peer} refused a tunnel: ${CODES[code] ?? `code ${code}`}`);
  }
  const length = kind === 3 ? ((await answers.take(1))[0] ?? 0) : LENGTHS[kind];
  if (length === undefined) throw notSocks(peer);
  await answers.take(length + 2);
  answers.end();
}

// RFC 1928, 6.
const CODES = [
  '',
  'it failed',
  'its rules forbid it',
  'the network cannot be reached',
  'the host cannot be reached',
  'the connection was refused',
  'the time to live was over',
  'it knows no such command',
  'it knows no such kind of address',
];

/** Bytes of an address by its kind; a name says itself how long it is. */
const LENGTHS: Readonly<Record<number, number>> = { 1: 4, 4: 16 };

function notSocks(peer: string): ProbeFailure {
  return new ProbeFailure('protocol', `the answer of ${peer} is not SOCKS5`);
}

async function authenticate(
  socket: Socket,
  answers: Answers,
  { username, password, peer }: Tunnelling,
): Promise<void> {
  const secret = password.reveal();
  const anonymous = username === '' && secret === '';
  const methods = anonymous ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, USERNAME_AND_PASSWORD];
  socket.write(Buffer.of(VERSION, methods.length, ...methods));
  const [version, method = -1] = await answers.take(2);
  if (version !== VERSION) throw notSocks(peer);
  if (method === NO_AUTHENTICATION) return;
  if (anonymous || method !== USERNAME_AND_PASSWORD) {
    throw new ProbeFailure('refused', `${peer} wants other credentials`);
  }
  socket.write(Buffer.concat([Buffer.of(1), counted(username), counted(secret)]));
  const [, status] = await answers.take(2);
  if (status !== 0) throw new ProbeFailure('refused', `${peer} does not accept the credentials`);
}

/** At most 255 bytes, and how many before them. */
function counted(text: string): Buffer {
  const bytes = Buffer.from(text).subarray(0, 255);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

function place({ host, port }: Tunnelling): Buffer {
  const end = Buffer.of(port >> 8, port & 255);
  const family = isIP(host);
  if (family === 0) return Buffer.concat([Buffer.of(3), counted(host), end]);
  const address = { ip: host, family } as Address;
  return Buffer.concat([Buffer.of(family === 6 ? 4 : 1), Buffer.from(addressBytes(address)), end]);
}

/** Takes exactly as many bytes as are asked for; what comes behind them stays in the socket. */
class Answers {
  readonly #socket: Socket;
  readonly #connection: { readonly peer: string; socketError: Error | undefined };
  #wake = () => {};
  readonly #news = () => this.#wake();

  constructor(socket: Socket, peer: string) {
    this.#socket = socket;
    this.#connection = keepSocketError(socket, { peer, socketError: undefined });
    socket.on('readable', this.#news);
    socket.on('end', this.#news);
    socket.on('close', this.#news);
  }

  async take(length: number): Promise<Buffer> {
    for (;;) {
      const bytes: Buffer | null = this.#socket.read(length);
      if (bytes?.length === length) return bytes;
      if (bytes || this.#socket.readableEnded || this.#socket.destroyed) throw this.#closed();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  end(): void {
    this.#socket.off('readable', this.#news).off('end', this.#news).off('close', this.#news);
  }

  #closed(): ProbeFailure {
    const { socketError } = this.#connection;
    const error = socketError ?? Object.assign(new Error(), { code: 'ECONNRESET' });
    return exchangeFailure(error, 'answer', this.#connection);
  }
}
