import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { freePort, type Loopback, loopback } from '../support/loopback.ts';
import { differential, type Scenario } from './support/suite.ts';

/** Peers that talk, by name. */
type TcpPlayground = AsyncDisposable & { readonly [peer in Peer]: string } & {
  readonly closed: string;
};

type Talk = (socket: Socket) => void;

const PEERS = {
  silent: () => {},
  closing: (socket) => socket.end(),
  ssh: (socket) => socket.write('SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n'),
  split: (socket) => {
    socket.write('SSH-2.');
    setTimeout(() => socket.write('0-OpenSSH_9.2\r\n'), 30);
  },
  lines: (socket) => socket.write('one\ntwo\r\nthree\n'),
  lastLine: (socket) => socket.end('one\ntwo'),
  bytes: (socket) => socket.write(Buffer.from([0x00, 0xff, 0x41, 0x0a])),
  echo: (socket) => socket.on('data', (data) => socket.write(data)),
  irc: (socket) => {
    let asked = false;
    socket.on('data', (data) => {
      if (data.includes('USER') && !asked) {
        asked = true;
        socket.write(
          ':ircd.localhost NOTICE AUTH :*** Looking up your hostname...\nPING :abc123\n',
        );
      }
      if (data.includes('PONG abc123\n')) socket.write(':ircd.localhost 001 prober :Welcome\n');
    });
  },
  blacklisted: (socket) => {
    socket.on('data', (data) => {
      if (data.includes('USER')) socket.end('ERROR: You are banned\n');
    });
  },
  prompt: (socket) => socket.write('login: '),
  longLine: (socket) => socket.end(`${'x'.repeat(70_000)}\nafter\n`),
  // Answers each line with its length, so that what was sent can be seen.
  lengths: (socket) => socket.on('data', (data) => socket.write(`${data.length}\n`)),
} as const satisfies Readonly<Record<string, Talk>>;

type Peer = keyof typeof PEERS;

async function startTcpPlayground(): Promise<TcpPlayground> {
  await using stack = new AsyncDisposableStack();
  const hosts: Record<string, string> = {};
  for (const [name, talk] of Object.entries(PEERS)) {
    const peer: Loopback = stack.use(
      await loopback(
        createServer((socket) => {
          socket.on('error', () => {});
          (talk as Talk)(socket);
          if (socket.listenerCount('data') === 0) socket.resume();
        }),
      ),
    );
    hosts[name] = `127.0.0.1:${peer.port}`;
  }
  hosts.closed = `127.0.0.1:${await freePort()}`;
  const started = stack.move();
  return {
    ...(hosts as Record<Peer | 'closed', string>),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

type Step = Readonly<Record<string, unknown>>;
type TcpScenario = Scenario<TcpPlayground>;

function tcp(
  title: string,
  peer: Peer | 'closed',
  steps: readonly Step[] = [],
  options: Readonly<Record<string, unknown>> = {},
): TcpScenario {
  const block = { ...options, ...(steps.length > 0 && { query_response: steps }) };
  return {
    title,
    module: { prober: 'tcp', timeout: '700ms', tcp: block },
    target: (playground) => playground[peer],
  };
}

const label = (name: string, value: string) => ({ name, value });

differential('tcp', {
  playground: startTcpPlayground,
  scenarios: [
    tcp('a connection', 'silent'),
    tcp('a connection that is closed at once', 'closing'),
    tcp('a closed port', 'closed'),
    tcp('a banner', 'ssh', [{ expect: '^SSH-2.0-' }]),
    tcp('a banner in two parts', 'split', [{ expect: '^SSH-2.0-OpenSSH' }]),
    tcp('a banner that never comes', 'silent', [{ expect: '^SSH-2.0-' }]),
    tcp('a peer that closes before its banner', 'closing', [{ expect: '^SSH-2.0-' }]),
    tcp('another banner', 'ssh', [{ expect: '^220 ' }]),
    tcp('the third line', 'lines', [{ expect: '^three$' }]),
    tcp('lines one after the other', 'lines', [
      { expect: '^one' },
      { expect: '^two$' },
      { expect: '^three' },
    ]),
    tcp('a line that came before', 'lines', [{ expect: '^two' }, { expect: '^one' }]),
    tcp('a line that never comes', 'lines', [{ expect: '^four' }]),
    tcp('a last line without its end', 'lastLine', [{ expect: '^two$' }]),
    tcp('no such line before the end', 'lastLine', [{ expect: '^three$' }]),
    tcp('bytes that are no text', 'bytes', [{ expect: '^\\x00.A$' }]),
    tcp('an echo', 'echo', [{ send: 'hello' }, { expect: '^hello$' }]),
    tcp('an echo of nothing', 'echo', [{ send: '' }, { expect: '^$' }]),
    tcp('the line end that follows what is sent', 'lengths', [{ send: 'abc' }, { expect: '^4$' }]),
    tcp('only the line end that follows what is sent', 'lengths', [
      { send: 'abc\n' },
      { expect: '^5$' },
    ]),
    tcp('what matched in what is sent', 'ssh', [
      { expect: '^SSH-([0-9.]+)-', send: '${1} $1 $$ $9 ${none}' },
    ]),
    tcp('what matched, sent and echoed', 'echo', [
      { send: 'abc def' },
      { expect: '^(?P<first>\\w+) (\\w+)$', send: '${2}-${first}-$1x-$$' },
      { expect: '^def-abc--\\$$' },
    ]),
    tcp('IRC', 'irc', [
      { send: 'NICK prober' },
      { send: 'USER prober prober prober :prober' },
      { expect: 'PING :([^ ]+)', send: 'PONG ${1}' },
      { expect: '^:[^ ]+ 001' },
    ]),
    tcp('IRC that refuses', 'blacklisted', [
      { send: 'NICK prober' },
      { send: 'USER prober prober prober :prober' },
      { expect: 'PING :([^ ]+)', send: 'PONG ${1}' },
      { expect: '^:[^ ]+ 001' },
    ]),
    ...[
      tcp('labels of a banner', 'ssh', [
        {
          expect: '^SSH-2.0-([^ -]+)(?: (.*))?$',
          labels: [label('ssh_version', '${1}'), label('ssh_comments', '${2}')],
        },
      ]),
      tcp('labels with text around', 'ssh', [
        {
          expect: '^SSH-2.0-([^ -]+)',
          labels: [label('version', 'got ${1} here'), label('both', '${1} on ${1}')],
        },
      ]),
      tcp('labels of groups that took no part', 'ssh', [
        { expect: '^SSH-2.0-(x)?', labels: [label('a', '${1}'), label('b', '[${7}]')] },
      ]),
    ].map((scenario) => ({ ...scenario, since: '0.26.0' })),
    {
      ...tcp('a prompt without a line end', 'prompt', [{ expect: '^login:' }]),
      differs: ['prompt-without-line-end'],
    },
    tcp('a line longer than 64 KiB', 'longLine', [{ expect: '^after' }]),
    tcp('IPv6 preferred, an IPv4 address', 'silent', [], { preferred_ip_protocol: 'ip6' }),
    tcp('IPv6 only, an IPv4 address', 'silent', [], {
      preferred_ip_protocol: 'ip6',
      ip_protocol_fallback: false,
    }),
    tcp('IPv4 only', 'silent', [], { preferred_ip_protocol: 'ip4', ip_protocol_fallback: false }),
    tcp('a source address', 'silent', [], { source_ip_address: '127.0.0.2' }),
    tcp('a source address that is not here', 'silent', [], { source_ip_address: '192.0.2.1' }),
    {
      title: 'a name',
      module: { prober: 'tcp', timeout: '700ms', tcp: { preferred_ip_protocol: 'ip4' } },
      target: ({ silent }) => silent.replace('127.0.0.1', 'localhost'),
    },
    {
      title: 'a name that does not exist',
      module: { prober: 'tcp', timeout: '700ms' },
      target: () => 'does-not-exist.invalid:80',
    },
    {
      title: 'port 0',
      module: { prober: 'tcp', timeout: '700ms' },
      target: () => '127.0.0.1:0',
      differs: ['target-that-is-none'],
    },
    {
      title: 'a target without a port',
      module: { prober: 'tcp', timeout: '700ms' },
      target: () => '127.0.0.1',
      differs: ['target-that-is-none'],
    },
  ],
});
