import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A TCP connection that sends what it is told to, byte for byte, and keeps what it hears. */
export interface RawClient extends AsyncDisposable {
  readonly socket: Socket;
  readonly send: (text: string) => void;
  readonly heard: () => string;
  /** Resolves, with all that was heard, when the connection is closed or broken by either side. */
  readonly closed: Promise<string>;
  /** Resolves when what was heard matches; rejects when the connection closes without. */
  readonly hears: (pattern: RegExp) => Promise<void>;
}

/** Connects to this port of the loopback interface. */
export async function rawClient(port: number): Promise<RawClient> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(text)));
  await once(socket, 'connect');
  // A reset is told by the text that ends too soon.
  socket.on('error', () => {});
  const hears = async (pattern: RegExp) => {
    while (!pattern.test(text)) {
      if (socket.destroyed) throw new Error(`closed, and never said ${pattern}: ${text}`);
      await Promise.race([once(socket, 'data'), once(socket, 'close')]);
    }
  };
  return {
    socket,
    send: (more) => void socket.write(more, 'latin1'),
    heard: () => text,
    closed,
    hears,
    [Symbol.asyncDispose]: async () => {
      socket.destroy();
      await closed;
    },
  };
}
