import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { decode, encode, type Packet } from 'dns-packet';
import {
  answerOver,
  answerTo,
  authoritative,
  type DnsHandler,
  NXDOMAIN,
  recursive,
  SERVFAIL,
} from '../../support/dns-server.ts';
import { freePort, loopback } from '../../support/loopback.ts';
import { startNamed } from '../../support/name-server.ts';

const HANDLERS = {
  recursive,
  authoritative,
  failing: (query) => answerTo(query, { flags: SERVFAIL }),
  unknown: (query) => answerTo(query, { flags: NXDOMAIN }),
  empty: (query) => answerTo(query),
} as const satisfies Readonly<Record<string, DnsHandler>>;

/** The servers of the playground: made for the tests, or `named`, a real BIND. */
export type DnsPeer = keyof typeof HANDLERS | 'named' | 'closed' | 'silent';

/** DNS servers over UDP and TCP, each on one port for both. */
export interface DnsPlayground extends AsyncDisposable {
  readonly server: (peer: DnsPeer) => string;
}

export async function startDnsPlayground(): Promise<DnsPlayground> {
  await using stack = new AsyncDisposableStack();
  const ports = new Map<DnsPeer, number>();
  for (const [peer, handler] of Object.entries(HANDLERS)) {
    ports.set(peer as DnsPeer, await startServer(handler, stack));
  }
  ports.set('silent', await startServer(() => [], stack));
  ports.set('named', stack.use(await startNamed(RECORDS)).port);
  ports.set('closed', await freePort());
  const started = stack.move();
  return {
    server: (peer) => `127.0.0.1:${ports.get(peer)}`,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

const RECORDS = `
www A 192.0.2.1
www A 192.0.2.2
www AAAA 2001:db8::1
alias CNAME www
mail MX 10 mx
mail MX 20 mx2
text TXT "v=spf1 -all" "with \\"quotes\\" and \\\\"
_sip._tcp SRV 1 2 5060 www
ptr PTR www
caa CAA 0 issue "ca.example"
*.wild A 192.0.2.9
ds DS 12345 13 2 49FD46E6C4B45C55D4AC69CBD3CD34AC1AFE51DE0D0F0C1C1A1B1C1D1E1F2021
tlsa TLSA 3 1 1 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF
sshfp SSHFP 4 2 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF
naptr NAPTR 100 10 "u" "sip+E2U" "!^.*$!sip:info@example.test!" .
hinfo HINFO "CPU" "OS"
dname DNAME www
odd\\.label A 192.0.2.3
unknown TYPE65280 \\# 4 0A000001
`;

async function startServer(handler: DnsHandler, stack: AsyncDisposableStack): Promise<number> {
  const tcp = stack.use(await loopback(createServer((socket) => answerOver(socket, handler))));
  const udp = createSocket('udp4');
  stack.defer(() => void udp.close());
  udp.on('message', (bytes, { address, port }) => {
    const replies = handler(decode(bytes), bytes);
    for (const reply of Array.isArray(replies) ? replies : [replies]) {
      udp.send(Buffer.isBuffer(reply) ? reply : encode(reply as Packet), port, address);
    }
  });
  udp.bind(tcp.port, '127.0.0.1');
  await once(udp, 'listening');
  return tcp.port;
}
