import type { Socket } from 'node:net';
import { z } from 'zod';
import { defineProber, type ProbeContext } from './contract.ts';
import { ProbeFailure, type Reason, toFailure } from './failure.ts';
import { callGrpc } from './grpc/call.ts';
import {
  decodeHealthResponse,
  encodeHealthRequest,
  HEALTH_CHECK_PATH,
  SERVING_STATUSES,
} from './grpc/health.ts';
import { type GrpcResult, judgeGrpc } from './grpc/judge.ts';
import { grpcMetadata, wireMetadata } from './grpc/metadata.ts';
import { GRPC } from './grpc/status.ts';
import {
  addressMetrics,
  addressOptions,
  addressProbeDefaults,
  findAddress,
  hostPort,
} from './shared/address.ts';
import { emitIdentity, tlsMetrics } from './shared/certificate.ts';
import { dial, Lifeline } from './shared/dial.ts';
import type { PermittedAddress } from './shared/gate.ts';
import { plainHeadersCredentialOption } from './shared/held-credentials.ts';
import { type HostPort, parseHostPort } from './shared/host-port.ts';
import { boolean } from './shared/options.ts';
import { secure } from './shared/secure.ts';
import { createStopwatch } from './shared/stopwatch.ts';
import { parsedTarget, problemBy } from './shared/target.ts';
import { clientKeyOption, tlsConfig } from './shared/tls-options.ts';
import { USER_AGENT } from './shared/user-agent.ts';

const options = z.strictObject({
  service: z
    .string()
    .default('')
    .describe('The service to ask about. Empty: the server as a whole.'),
  tls: boolean().default(false).describe('Whether to speak TLS.'),
  tls_config: tlsConfig.optional().describe('TLS settings, for "tls: true".'),
  ...addressOptions,
  metadata: grpcMetadata.describe(
    'Metadata to send, each key with a list of values, which are never shown. Those of a key that ends in ' +
      '"-bin" may be any bytes.',
  ),
});

const metrics = {
  ...addressMetrics,
  ...tlsMetrics,
  probe_grpc_duration_seconds: {
    help: 'How long the name lookup (resolve) and everything after it (check) took. Absent for a phase not reached.',
    labels: ['phase'],
  },
  probe_grpc_ssl: {
    help: '1 where the connection speaks TLS, 0 where it does not.',
    unreached: 0,
  },
  probe_grpc_status_code: {
    help: 'Status code of the call, 0 for OK; 14 also where there was no connection to call on.',
  },
  probe_grpc_healthcheck_response: {
    help: '1 for the serving status that the server gave, 0 for the others.',
    labels: ['serving_status'],
  },
} as const;

type Options = z.output<typeof options>;
type Context = ProbeContext<Options, typeof metrics>;

export const grpc = defineProber({
  name: 'grpc',
  summary: 'A gRPC server says by the gRPC health checking protocol that it is serving.',
  target: {
    description:
      'host or host:port, an IPv6 address in brackets; port 80 where none is given, 443 with TLS',
    example: 'localhost:50051',
    isUrl: true,
    problem: problemBy(parseTarget),
  },
  options,
  metrics,
  probeDefaults: addressProbeDefaults,
  credentialOption,
  probe,
});

function credentialOption({ metadata, tls_config }: Options): string | undefined {
  return (
    plainHeadersCredentialOption('metadata', metadata) ?? clientKeyOption('tls_config', tls_config)
  );
}

async function probe(context: Context): Promise<void> {
  const { options, emit } = context;
  const { host, port = options.tls ? 443 : 80 } = parsedTarget(parseTarget, context.target);
  const stopwatch = createStopwatch<'resolve' | 'check'>((phase, seconds) =>
    emit('probe_grpc_duration_seconds', seconds, { phase }),
  );
  const place = { role: 'target', scheme: 'grpc', host, port } as const;
  const address = await findAddress(place, context);
  stopwatch.lap('resolve');

  const lifeline = new Lifeline(context.signal);
  const server = { host, port, peer: hostPort(host, port), address, lifeline };
  emitServing(context, undefined);
  try {
    const socket = await connect(context, server);
    const result = await call(context, server, socket);
    emit('probe_grpc_status_code', result.code);
    judge(context, result);
  } finally {
    stopwatch.lap('check');
    lifeline.end();
  }
}

interface Server {
  readonly host: string;
  readonly port: number;
  readonly address: PermittedAddress;
  /** Who it is, for messages. */
  readonly peer: string;
  readonly lifeline: Lifeline;
}

/** These came of this host's own files, not of the server. */
const OWN_FAULTS: ReadonlySet<Reason> = new Set(['not_found', 'permission', 'internal']);

async function connect(context: Context, server: Server): Promise<Socket> {
  const { address, port, lifeline } = server;
  try {
    const plain = await dial(address, lifeline);
    context.log('connected', { ip: address.ip, port });
    context.emit('probe_grpc_ssl', 0);
    return context.options.tls ? await startTls(context, server, plain) : plain;
  } catch (error) {
    const failure = toFailure(error);
    if (!OWN_FAULTS.has(failure.reason)) context.emit('probe_grpc_status_code', GRPC.UNAVAILABLE);
    throw failure;
  }
}

async function startTls(
  { options, emit, log }: Context,
  { host, peer, lifeline }: Server,
  plain: Socket,
): Promise<Socket> {
  const config = options.tls_config;
  const name = config?.server_name || host;
  const alpn = ['h2'];
  const session = await secure(plain, { config, name, peer, lifeline, alpn, emit, log });
  emitIdentity(emit, session);
  emit('probe_grpc_ssl', 1);
  // As grpc-go has it since 1.67.
  if (session.socket.alpnProtocol === 'h2') return session.socket;
  throw new ProbeFailure('tls', `${peer} does not offer HTTP/2 in the TLS handshake (ALPN)`);
}

async function call(
  { options, timeoutSeconds, log }: Context,
  { host, peer, lifeline }: Server,
  socket: Socket,
): Promise<GrpcResult> {
  const { headers, ignored } = wireMetadata(options.metadata);
  for (const key of ignored) log('this metadata is reserved and not sent', { key });
  const exchange = await callGrpc(
    socket,
    {
      scheme: options.tls ? 'https' : 'http',
      // With TLS it is the name that was verified, as grpc-go has it.
      authority: options.tls ? withBrackets(options.tls_config?.server_name || host) : peer,
      path: HEALTH_CHECK_PATH,
      headers: { ...headers, 'user-agent': USER_AGENT },
      message: encodeHealthRequest(options.service),
      timeoutSeconds,
    },
    lifeline,
  );
  return judgeGrpc(exchange, peer);
}

function withBrackets(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function judge(context: Context, result: GrpcResult): void {
  if ('failure' in result) throw result.failure;
  const number = decodeHealthResponse(result.message);
  if (number === undefined) {
    context.emit('probe_grpc_status_code', GRPC.INTERNAL);
    context.fail('protocol', 'the answer is no health check response');
  }
  const status = SERVING_STATUSES[number];
  emitServing(context, status);
  if (status === 'SERVING') return;
  const { service } = context.options;
  const subject = service === '' ? 'the server' : `the service "${service}"`;
  context.fail('state', `${subject} is ${status ?? `of the unknown status ${number}`}`);
}

function emitServing(
  { emit }: Context,
  status: (typeof SERVING_STATUSES)[number] | undefined,
): void {
  for (const serving_status of SERVING_STATUSES) {
    const value = serving_status === status ? 1 : 0;
    emit('probe_grpc_healthcheck_response', value, { serving_status });
  }
}

// The scheme and what follows the port mean nothing, as in blackbox_exporter.
const TARGET = /^(?:https?:\/\/)?(?<authority>[^\s/?#]+)(?:[/?#]\S*)?$/;

/** @returns what is wrong with it, as text, where it is no target. */
function parseTarget(target: string): HostPort | string {
  return parseHostPort(TARGET.exec(target.trim())?.groups?.authority ?? target);
}
