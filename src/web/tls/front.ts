import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { createServer, type Server as TlsServer } from 'node:tls';
import type { TlsMaterial } from '../../config/web/web-config.ts';
import { refuse } from '../refuse.ts';
import { TLS_HANDSHAKE } from '../request-problem.ts';
import { isAllowed } from './client-certificate.ts';

/** What TLS in front of a server needs to know. */
export interface TlsParts {
  /** Finds out what a handshake is done with, each time anew. */
  readonly current: () => Promise<TlsMaterial>;
  /** Is told why a client's handshake failed, or that it began none. */
  readonly refused: (why: string, client: string | undefined) => void;
}

/** As long as a handshake may take, and its beginning may be waited for. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * Makes an HTTP server speak TLS: what connects does a handshake first. The server itself listens, counts, times out
 * and closes as before.
 *
 * Not `https.createServer`: its certificate can be replaced, but not whom it asks for certificates, and nothing just in
 * time for a client that names no host (SNI), as Prometheus does not where it scrapes an IP address. Here each
 * handshake is done by a TLS server of what is in force at that moment.
 */
export function putTlsBefore(server: Server, { current, refused }: TlsParts): void {
  const serve = server.listeners('connection');
  server.removeAllListeners('connection');
  let last: { readonly material: TlsMaterial; readonly tls: TlsServer } | undefined;

  const createTlsServer = (material: TlsMaterial): TlsServer => {
    const { context, clientAuthType } = material;
    const tls = createServer({
      ...context,
      requestCert: clientAuthType !== 'NoClientCert',
      rejectUnauthorized: clientAuthType === 'RequireAndVerifyClientCert',
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    });
    tls.on('tlsClientError', (error, socket) => {
      refused(error.message, socket.remoteAddress);
      socket.destroy();
    });
    tls.on('secureConnection', (socket) => {
      if (isAllowed(socket, material)) {
        for (const listener of serve) listener.call(server, socket);
        return;
      }
      refused('its certificate is none that is let in', socket.remoteAddress);
      socket.on('error', () => {}).destroy();
    });
    return tls;
  };
  const tlsServerOf = (material: TlsMaterial): TlsServer => {
    if (last?.material !== material) last = { material, tls: createTlsServer(material) };
    return last.tls;
  };
  const shakeHands = async (socket: Socket) => {
    const firstByte = await firstByteOf(socket);
    // Who connects and goes has asked for nothing: so do those that look whether the port is open.
    if (firstByte === undefined) return void socket.destroy();
    if (firstByte !== TLS_HANDSHAKE) {
      refused('it speaks no TLS', socket.remoteAddress);
      return refusePlain(socket, firstByte);
    }
    const tls = tlsServerOf(await current());
    tls.emit('connection', socket);
  };
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => {});
    // Whoever stops speaking in the middle of a handshake has gone: there is nothing to answer yet.
    socket.allowHalfOpen = false;
    shakeHands(socket).catch((error: unknown) => {
      refused(String(error), socket.remoteAddress);
      socket.destroy();
    });
  });
}

/** Waits for the first byte and leaves it where it is; `undefined` where none comes. */
async function firstByteOf(socket: Socket): Promise<number | undefined> {
  const timer = setTimeout(() => socket.destroy(), HANDSHAKE_TIMEOUT_MS);
  try {
    return await new Promise((resolve) => {
      socket.once('close', () => resolve(undefined));
      socket.once('readable', () => {
        const bytes: Buffer | null = socket.read();
        if (bytes) socket.unshift(bytes);
        resolve(bytes?.[0]);
      });
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Whoever speaks plain HTTP is told so; anybody else, that there is nothing more to hear. */
function refusePlain(socket: Socket, firstByte: number): void {
  const isLetter = /[A-Z]/.test(String.fromCharCode(firstByte));
  if (!isLetter) return void socket.destroy();
  socket.resume();
  refuse(socket, 400, 'This server speaks TLS: ask it by https.');
}
