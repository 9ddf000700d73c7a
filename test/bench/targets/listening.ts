import type { Server } from 'node:net';

/** As many connections as may wait to be accepted; the kernel may know a lower limit. */
const BACKLOG = 4096;

/** Listens on the loopback interface, and says where on standard error, for whoever started this process. */
export function listen(server: Server): void {
  server.listen({ host: '127.0.0.1', port: 0, backlog: BACKLOG }, () => {
    const address = server.address();
    sayPort(typeof address === 'object' && address ? address.port : Number.NaN);
  });
}

export function sayPort(port: number): void {
  process.stderr.write(`listening port=${port}\n`);
}
