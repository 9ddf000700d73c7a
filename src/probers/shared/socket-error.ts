import type { Socket } from 'node:net';

/**
 * Keeps what a socket reported first when it broke: it tells a reset from a connection that was closed in order. An
 * error that nobody listens for would end the process.
 *
 * @returns `record` itself, whose `socketError` is set when it happens.
 */
export function keepSocketError<T extends { socketError: Error | undefined }>(
  socket: Socket,
  record: T,
): T {
  socket.on('error', (error) => {
    record.socketError ??= error;
  });
  return record;
}
