import type { Socket } from 'node:net';

/** A peer that says one thing and waits. */
export function saying(...parts: (string | Buffer)[]): (socket: Socket) => void {
  return async (socket) => {
    for (const part of parts) {
      socket.write(part);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
}
