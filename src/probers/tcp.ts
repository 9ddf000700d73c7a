import type { Socket } from 'node:net';
import { z } from 'zod';
import { defineProber, type ProbeContext } from './contract.ts';
import {
  addressMetrics,
  addressOptions,
  addressProbeDefaults,
  assertSameVersion,
  findAddress,
  hostPort,
  sourceAddressOption,
} from './shared/address.ts';
import { dial, Lifeline } from './shared/dial.ts';
import { NO_HOST_PORT, parseHostPort } from './shared/host-port.ts';
import {
  probeStream,
  streamCredentialOption,
  streamMetrics,
  streamOptions,
} from './shared/stream-probe.ts';
import { parsedTarget, problemBy } from './shared/target.ts';
import { tlsConfig } from './shared/tls-options.ts';

const options = z.strictObject({ ...addressOptions, ...sourceAddressOption, ...streamOptions });

const metrics = { ...addressMetrics, ...streamMetrics } as const;

type Options = z.output<typeof options>;
type Context = ProbeContext<Options, typeof metrics>;

export const tcp = defineProber({
  name: 'tcp',
  summary: 'A TCP port accepts connections and, where asked to, speaks its protocol.',
  target: {
    description: 'host:port, an IPv6 address in brackets',
    example: 'localhost:22',
    problem: problemBy(parseTarget),
  },
  options,
  metrics,
  probeDefaults: addressProbeDefaults,
  withHostname,
  credentialOption: streamCredentialOption,
  probe,
});

/** The name to ask for and to verify, where the module has none of its own. */
function withHostname(options: Options, hostname: string): Options | string {
  if (/[\s\p{Cc}]/u.test(hostname)) return 'is no host name';
  if (options.tls_config?.server_name) return options;
  const config = options.tls_config ?? tlsConfig.parse({});
  return { ...options, tls_config: { ...config, server_name: hostname } };
}

async function probe(context: Context): Promise<void> {
  const { host, port } = parsedTarget(parseTarget, context.target);
  const lifeline = new Lifeline(context.signal);
  const socket = await connect(context, { host, port }, lifeline);
  await probeStream(socket, context, { name: host, peer: hostPort(host, port), lifeline });
}

async function connect(
  context: Context,
  { host, port }: Endpoint,
  lifeline: Lifeline,
): Promise<Socket> {
  const { options, log } = context;
  const place = { role: 'target', scheme: 'tcp', host, port } as const;
  const address = await findAddress(place, context);
  assertSameVersion(address, options.source_ip_address);
  const socket = await dial(address, lifeline, options.source_ip_address);
  log('connected', { ip: address.ip, port });
  return socket;
}

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** @returns what is wrong with it, as text, where it is no target. */
function parseTarget(target: string): Endpoint | string {
  const parsed = parseHostPort(target);
  if (typeof parsed === 'string') return parsed === NO_HOST_PORT ? NO_PORT : parsed;
  const { host, port } = parsed;
  return port === undefined ? 'has no port' : { host, port };
}

const NO_PORT = 'is not host:port (an IPv6 address goes in brackets)';
