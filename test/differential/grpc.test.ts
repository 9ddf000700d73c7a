import { createAuthority } from '../support/certificates.ts';
import { startGrpcServer } from '../support/grpc-server.ts';
import { freePort, httpLoopback, tcpLoopback } from '../support/loopback.ts';
import { differential, type Scenario } from './support/suite.ts';

interface GrpcPlayground extends AsyncDisposable {
  readonly caFile: string;
  readonly peers: Readonly<Record<Peer, string>>;
}

type Peer = 'healthy' | 'without' | 'tls' | 'untrusted' | 'web' | 'closing' | 'closed';

const SERVING = 1;
const NOT_SERVING = 2;
const SERVICES = { '': SERVING, good: SERVING, bad: NOT_SERVING, odd: 0, unknown: 3 };

async function startGrpcPlayground(): Promise<GrpcPlayground> {
  await using stack = new AsyncDisposableStack();
  const authority = createAuthority();
  stack.defer(() => authority.remove());
  const start = async (setup: Parameters<typeof startGrpcServer>[0]) =>
    `localhost:${stack.use(await startGrpcServer(setup)).port}`;
  const names = 'DNS:localhost,IP:127.0.0.1';
  const peers = {
    healthy: await start({ services: SERVICES }),
    without: await start({}),
    tls: await start({ services: SERVICES, tls: authority.issue({ names }) }),
    untrusted: await start({ services: SERVICES, tls: authority.selfSigned({ names }) }),
    web: `localhost:${stack.use(await httpLoopback((_request, response) => response.end())).port}`,
    closing: `localhost:${stack.use(await tcpLoopback('SSH-2.0-x\r\n')).port}`,
    closed: `localhost:${await freePort()}`,
  };
  const started = stack.move();
  return {
    caFile: authority.certFile,
    peers,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

function grpc(
  title: string,
  peer: Peer,
  module: string | Readonly<Record<string, unknown>>,
  differs: readonly string[] = [],
): Scenario<GrpcPlayground> {
  const inline =
    typeof module === 'string' ? module : { prober: 'grpc', timeout: '2s', grpc: module };
  return { title, module: inline, target: ({ peers }) => peers[peer], differs };
}

const ip4 = { preferred_ip_protocol: 'ip4' };

differential('grpc', {
  playground: startGrpcPlayground,
  named: ({ caFile }) => ({
    trusting: { prober: 'grpc', grpc: { ...ip4, tls: true, tls_config: { ca_file: caFile } } },
    trusting_bad: {
      prober: 'grpc',
      grpc: { ...ip4, tls: true, tls_config: { ca_file: caFile }, service: 'bad' },
    },
    distrusting: { prober: 'grpc', grpc: { ...ip4, tls: true } },
    skipping: {
      prober: 'grpc',
      grpc: { ...ip4, tls: true, tls_config: { insecure_skip_verify: true } },
    },
    other_name: {
      prober: 'grpc',
      grpc: { ...ip4, tls: true, tls_config: { ca_file: caFile, server_name: 'other.example' } },
    },
  }),
  scenarios: [
    grpc('a server', 'healthy', ip4),
    ...Object.keys(SERVICES).map((service) =>
      grpc(`the service "${service}"`, 'healthy', { ...ip4, service }),
    ),
    grpc('a service that it does not know', 'healthy', { ...ip4, service: 'nope' }),
    grpc('a server without the health service', 'without', ip4),
    grpc('TLS', 'tls', 'trusting'),
    grpc('TLS and a service that is not serving', 'tls', 'trusting_bad'),
    grpc('TLS without knowing the authority', 'tls', 'distrusting'),
    grpc('TLS with any certificate', 'untrusted', 'skipping'),
    grpc('TLS with a certificate that is not trusted', 'untrusted', 'trusting'),
    grpc('TLS with a certificate for another name', 'tls', 'other_name'),
    grpc('TLS to a server without it', 'healthy', 'trusting'),
    grpc('no TLS to a server with it', 'tls', ip4),
    grpc('a closed port', 'closed', ip4),
    grpc('a web server', 'web', ip4),
    grpc('a peer that speaks something else', 'closing', ip4),
    {
      title: 'a name that does not exist',
      module: { prober: 'grpc', timeout: '2s', grpc: {} },
      target: () => 'does-not-exist.invalid:80',
    },
    {
      title: 'a family that the address is not of',
      module: {
        prober: 'grpc',
        timeout: '2s',
        grpc: { preferred_ip_protocol: 'ip6', ip_protocol_fallback: false },
      },
      target: ({ peers }) => peers.healthy.replace('localhost', '127.0.0.1'),
    },
  ],
});
