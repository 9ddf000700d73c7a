import { isIP, type Socket } from 'node:net';
import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { defineProber, type ProbeContext } from './contract.ts';
import {
  addressMetrics,
  addressOptions,
  addressProbeDefaults,
  findAddress,
  hostPort,
} from './shared/address.ts';
import { emitIdentity, tlsMetrics } from './shared/certificate.ts';
import { dial, Lifeline } from './shared/dial.ts';
import { converse, queryResponse } from './shared/dialogue.ts';
import { boolean } from './shared/options.ts';
import { regexpMetrics } from './shared/regexp.ts';
import { secure } from './shared/secure.ts';
import { parsedTarget, problemBy } from './shared/target.ts';
import { tlsConfig } from './shared/tls-options.ts';

const options = z.strictObject({
  ...addressOptions,
  source_ip_address: z
    .string()
    .refine((text) => text === '' || isIP(text) !== 0, { error: 'expected an IP address' })
    .default('')
    .describe('The local address to connect from. Empty: the system chooses.'),
  tls: boolean().default(false).describe('Whether to speak TLS from the first byte.'),
  tls_config: tlsConfig.optional().describe('TLS settings, also for starttls.'),
  query_response: z
    .array(queryResponse)
    .default([])
    .describe('What to expect and to send, one step after the other.'),
});

const metrics = {
  ...addressMetrics,
  ...tlsMetrics,
  ...regexpMetrics,
  probe_failed_due_to_bytes: { help: '1 where other bytes came than "expect_bytes".' },
  probe_expect_info: {
    help: 'What an "expect" found, under the labels its step declares.',
    // The configuration names them.
    labels: [] as readonly string[],
  },
} as const;

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
  probe,
});

/** The name to ask for and to verify, where the module has none of its own. */
function withHostname(options: Options, hostname: string): Options {
  if (options.tls_config?.server_name) return options;
  const config = options.tls_config ?? tlsConfig.parse({});
  return { ...options, tls_config: { ...config, server_name: hostname } };
}

async function probe(context: Context): Promise<void> {
  const { options, emit, signal, log } = context;
  const { host, port } = parsedTarget(parseTarget, context.target);
  const peer = hostPort(host, port);
  const lifeline = new Lifeline(signal);

  const socket = await connect(context, { host, port }, lifeline);
  emit('probe_failed_due_to_regex', 0);
  emit('probe_failed_due_to_bytes', 0);

  const startTls = async (plain: Socket): Promise<Socket> => {
    const config = options.tls_config;
    const name = config?.server_name || host;
    const session = await secure(plain, { config, name, peer, lifeline, emit, log });
    emitIdentity(emit, session);
    return session.socket;
  };
  const start = options.tls ? await startTls(socket) : socket;
  await converse(start, options.query_response, { ...context, peer, startTls });
  lifeline.end();
}

async function connect(
  context: Context,
  { host, port }: HostPort,
  lifeline: Lifeline,
): Promise<Socket> {
  const { options, log } = context;
  const address = await findAddress(host, context);
  const socket = await dial(address, port, lifeline, options.source_ip_address);
  log('connected', { ip: address.ip, port });
  return socket;
}

interface HostPort {
  readonly host: string;
  readonly port: number;
}

const TARGET = /^(?:\[(?<v6>[^[\]]+)\]|(?<host>[^:[\]\s]+)):(?<port>\d+)$/;

/** @returns what is wrong with it, as text, where it is no target. */
function parseTarget(target: string): HostPort | string {
  const parts = TARGET.exec(target.trim())?.groups;
  if (!parts) return 'is not host:port (an IPv6 address goes in brackets)';
  const { v6, host = '', port: digits = '' } = parts;
  const port = Number(digits);
  if (port < 1 || port > 65_535) return 'has a bad port, expected 1 to 65535';
  if (v6 !== undefined)
    return isIP(v6) === 6 ? { host: v6, port } : 'has no IPv6 address in brackets';
  const ascii = domainToASCII(host);
  return ascii === '' ? 'has no valid host name' : { host: ascii, port };
}
