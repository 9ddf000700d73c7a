import type { Socket } from 'node:net';
import type { ProbeContext } from '../contract.ts';
import { ProbeFailure } from '../failure.ts';
import { type EmitTls, emitIdentity, emitValidity } from './certificate.ts';
import type { Lifeline } from './dial.ts';
import { handshake, type TlsSession } from './tls.ts';
import { secureContext, type TlsConfig } from './tls-options.ts';

interface Securing {
  readonly config: TlsConfig | undefined;
  /** The name to ask for and to verify. */
  readonly name: string;
  /** Who is at the other end, for messages. */
  readonly peer: string;
  readonly lifeline: Lifeline;
  /** The protocols to offer, the best first; none where absent. */
  readonly alpn?: readonly string[];
  readonly emit: EmitTls;
  readonly log: ProbeContext<unknown, never>['log'];
}

/**
 * Puts TLS on a connection and judges the certificate, whose metrics are emitted whether it is good or bad.
 *
 * @throws {ProbeFailure} `certificate` unless the configuration takes any; `tls`, `reset`.
 */
export async function secure(
  socket: Socket,
  { config, name, peer, lifeline, alpn, emit, log }: Securing,
): Promise<TlsSession> {
  const context = await secureContext(config, lifeline.signal);
  const session = await handshake(socket, context, { name, peer, lifeline, alpn });
  emitValidity(emit, session);
  log('speaking TLS', { version: session.protocol ?? '' });
  const { problem } = session;
  if (!problem) return session;
  if (config?.insecure_skip_verify) {
    log('certificate accepted although it is not trusted', { code: problem.code });
    return session;
  }
  log('certificate not trusted', { code: problem.code });
  emitIdentity(emit, session);
  throw new ProbeFailure('certificate', `${peer}: ${problem.message}`);
}
