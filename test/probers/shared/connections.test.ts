import { connect } from 'node:net';
import { expect, test } from 'vitest';
import type { Prober } from '../../../src/probers/contract.ts';
import { dns } from '../../../src/probers/dns.ts';
import { grpc } from '../../../src/probers/grpc.ts';
import { http } from '../../../src/probers/http.ts';
import { tcp } from '../../../src/probers/tcp.ts';
import { websocket } from '../../../src/probers/websocket.ts';
import type { Identity } from '../../support/certificates.ts';
import { answerOver, recursive, tcpDnsServer } from '../../support/dns-server.ts';
import { authorityOfThisFile } from '../../support/file-authority.ts';
import { grpcServer } from '../../support/grpc-server.ts';
import { ok } from '../../support/http-peers.ts';
import { probe } from '../../support/probe.ts';
import {
  http2Server,
  httpServer,
  httpsServer,
  type TestServer,
  tcpServer,
  tlsServer,
} from '../../support/servers.ts';
import { websocketServer } from '../../support/websocket-server.ts';

const authority = authorityOfThisFile();

/** What is probed, and how, where a server of one kind listens on a port. */
interface Kind {
  readonly prober: Prober;
  readonly start: (identity: Identity) => Promise<{ readonly port: number }>;
  readonly target: (port: number) => string;
  readonly options?: Record<string, unknown>;
  /** More than one where the server sends the probe on. */
  readonly connections?: number;
}

const SERVING = 1;
const hostPort = (port: number) => `127.0.0.1:${port}`;
const url = (port: number) => `http://127.0.0.1:${port}/`;
const httpsUrl = (port: number) => `https://127.0.0.1:${port}/`;
const question = { query_name: 'example.com', query_type: 'A' };
const insecure = { tls_config: { insecure_skip_verify: true } };

const KINDS: Readonly<Record<string, Kind>> = {
  http: { prober: http, start: () => httpServer(ok), target: url },
  'http, sent on twice': {
    prober: http,
    start: () =>
      httpServer(({ url }, response) => {
        if (url === '/end') response.end();
        else response.writeHead(302, { location: url === '/' ? '/next' : '/end' }).end();
      }),
    target: url,
    connections: 3,
  },
  https: {
    prober: http,
    start: (identity) => httpsServer(identity, ok),
    target: httpsUrl,
    options: insecure,
  },
  'http/2': {
    prober: http,
    start: (identity) => http2Server(identity, (stream) => stream.respond({}, { endStream: true })),
    target: httpsUrl,
    options: insecure,
  },
  tcp: { prober: tcp, start: () => tcpServer(), target: hostPort },
  'tcp with TLS': {
    prober: tcp,
    start: (identity) => tlsServer(identity, (socket) => socket.resume()),
    target: hostPort,
    options: { tls: true, ...insecure },
  },
  grpc: {
    prober: grpc,
    start: () => grpcServer({ services: { '': SERVING } }),
    target: hostPort,
  },
  websocket: {
    prober: websocket,
    start: () => websocketServer(),
    target: (port) => `ws://127.0.0.1:${port}/`,
  },
  'dns over TCP': {
    prober: dns,
    start: () => tcpDnsServer(recursive),
    target: hostPort,
    options: { ...question, transport_protocol: 'tcp' },
  },
  'dns over TLS': {
    prober: dns,
    start: (identity) => tlsServer(identity, (socket) => answerOver(socket, recursive)),
    target: hostPort,
    options: { ...question, transport_protocol: 'tcp', dns_over_tls: true, ...insecure },
  },
};

test.each(Object.entries(KINDS))('a probe of %s opens no connection too many', async (_, kind) => {
  const { prober, start, target, options = {}, connections = 1 } = kind;
  const { port } = await start(authority().issue({ names: 'IP:127.0.0.1' }));
  const counter = await relayTo(port);
  for (const probes of [1, 2, 3]) {
    const { failure } = await probe(prober, target(counter.port), options);
    expect(failure).toBeUndefined();
    expect(counter.sockets).toHaveLength(probes * connections);
  }
});

/** Counts the connections to a server that does not itself. */
function relayTo(port: number): Promise<TestServer> {
  return tcpServer((socket) => {
    const onward = connect(port, '127.0.0.1');
    onward.on('error', () => {});
    socket.pipe(onward).pipe(socket);
    socket.on('close', () => onward.destroy());
    onward.on('close', () => socket.destroy());
  });
}
