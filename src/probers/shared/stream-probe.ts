import type { Socket } from 'node:net';
import { z } from 'zod';
import type { ProbeContext } from '../contract.ts';
import { emitIdentity, tlsMetrics } from './certificate.ts';
import type { Lifeline } from './dial.ts';
import { converse, queryResponse } from './dialogue.ts';
import { boolean } from './options.ts';
import { regexpMetrics } from './regexp.ts';
import { secure } from './secure.ts';
import { clientKeyOption, tlsConfig } from './tls-options.ts';

/** Declared alike by every prober that talks over a stream of bytes. */
export const streamOptions = {
  tls: boolean().default(false).describe('Whether to speak TLS from the first byte.'),
  tls_config: tlsConfig.optional().describe('TLS settings, also for starttls.'),
  query_response: z
    .array(queryResponse)
    .default([])
    .describe('What to expect and to send, one step after the other.'),
};

/** The client certificate. What is sent in a dialogue does not count: nobody can tell a greeting from a password. */
export function streamCredentialOption({ tls_config }: StreamOptions): string | undefined {
  return clientKeyOption('tls_config', tls_config);
}

/** Declared alike by every prober that talks over a stream of bytes. */
export const streamMetrics = {
  ...tlsMetrics,
  ...regexpMetrics,
  probe_failed_due_to_bytes: { help: '1 where other bytes came than "expect_bytes".' },
  probe_expect_info: {
    help: 'What an "expect" found, under the labels its step declares.',
    // The configuration names them.
    labels: [] as readonly string[],
  },
} as const;

const options = z.strictObject(streamOptions);

/** {@link streamOptions} after parsing. */
export type StreamOptions = z.output<typeof options>;

type Context = Pick<
  ProbeContext<StreamOptions, typeof streamMetrics>,
  'options' | 'emit' | 'log' | 'timeoutSeconds'
>;

interface Peer {
  /** The name to verify where `tls_config` has none. */
  readonly name: string;
  /** Who is at the other end, for messages. */
  readonly peer: string;
  readonly lifeline: Lifeline;
}

/**
 * What follows once a connection is there: TLS where it is asked for, then the dialogue, then the end.
 *
 * @throws {ProbeFailure} what {@link secure} and {@link converse} throw.
 */
export async function probeStream(
  socket: Socket,
  { options, emit, log, timeoutSeconds }: Context,
  { name, peer, lifeline }: Peer,
): Promise<void> {
  emit('probe_failed_due_to_regex', 0);
  emit('probe_failed_due_to_bytes', 0);
  const startTls = async (plain: Socket): Promise<Socket> => {
    const config = options.tls_config;
    const names = { name: config?.server_name || name, peer };
    const session = await secure(plain, { config, ...names, lifeline, emit, log });
    emitIdentity(emit, session);
    return session.socket;
  };
  const start = options.tls ? await startTls(socket) : socket;
  await converse(start, options.query_response, { emit, log, timeoutSeconds, peer, startTls });
  lifeline.end();
}
