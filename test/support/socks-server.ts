import { connect, type Socket } from 'node:net';
import { type TestServer, tcpServer } from './servers.ts';

/** A SOCKS5 proxy, and the places it was asked for. */
export interface TestSocks extends TestServer {
  readonly asked: readonly string[];
}

/**
 * Everything goes to one server, whatever was asked for. Each answer comes byte for byte.
 *
 * @param credentials what it wants to be told, as `user:password`; nothing where absent.
 */
export async function socksServer(
  port: number,
  { credentials }: { credentials?: string } = {},
): Promise<TestSocks> {
  const asked: string[] = [];
  const server = await tcpServer(async (socket) => {
    const take = reader(socket);
    const say = slowly(socket);
    if (!(await greet(take, say, credentials))) return;
    asked.push(await askedPlace(take));
    const onward = connect({ host: '127.0.0.1', port }, async () => {
      await say(5, 0, 0, 3, 2, 1, 2, 3, 4);
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  });
  return { ...server, asked };
}

type Take = (length: number) => Promise<Buffer>;
type Say = (...bytes: number[]) => Promise<void>;

async function greet(take: Take, say: Say, credentials: string | undefined): Promise<boolean> {
  const [, methods = 0] = await take(2);
  const offered = await take(methods);
  const method = credentials === undefined ? 0 : 2;
  const isOffered = offered.includes(method);
  await say(5, isOffered ? method : 255);
  if (method === 0 || !isOffered) return isOffered;
  const [, user = 0] = await take(2);
  const told = `${await take(user)}:${await take((await take(1))[0] ?? 0)}`;
  await say(1, told === credentials ? 0 : 1);
  return told === credentials;
}

async function askedPlace(take: Take): Promise<string> {
  const [, , , kind = 0] = await take(4);
  const lengths: Record<number, number> = { 1: 4, 4: 16 };
  const place = await take(lengths[kind] ?? (await take(1))[0] ?? 0);
  const texts: Record<number, string> = { 1: place.join('.'), 4: place.toString('hex') };
  return `${texts[kind] ?? place.toString()}:${(await take(2)).readUInt16BE()}`;
}

function slowly(socket: Socket): Say {
  return async (...bytes) => {
    for (const byte of bytes) {
      socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
}

function reader(socket: Socket): Take {
  socket.pause();
  return async (length) => {
    for (;;) {
      const bytes: Buffer | null = length === 0 ? Buffer.alloc(0) : socket.read(length);
      if (bytes) return bytes;
      await new Promise((resolve) => socket.once('readable', resolve));
    }
  };
}
