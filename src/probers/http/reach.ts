import { ProbeFailure } from '../failure.ts';
import { type Gate, OPEN_GATE } from '../shared/gate.ts';
import { type Connection, type Opening, openConnection } from './connection.ts';
import type { HttpRequest } from './request.ts';

/** What a place is called where its name is an answer of somebody who may not be meant to be read. */
const UNNAMED = 'the place it redirects to';

/**
 * Opens the connection for one request of a probe.
 *
 * Where a redirect leads is part of an answer. Who asks `/probe` is not told any of it, be it by an error or by the log
 * of the probe, or servers that only the exporter can reach could be read through it. The operator's own checks say it.
 *
 * @throws {ProbeFailure} as {@link openConnection}.
 */
export async function reach(request: HttpRequest, opening: Opening): Promise<Connection> {
  const { role, gate } = opening;
  if (role !== 'redirect' || gate === OPEN_GATE) return openConnection(request, opening);
  const { log } = opening;
  try {
    return await openConnection(request, {
      ...opening,
      peer: UNNAMED,
      log: (message) => log(`${message}, after a redirect`),
    });
  } catch (error) {
    if (!(error instanceof ProbeFailure) || error.reason === 'policy') throw error;
    const message = `${UNNAMED} cannot be reached: ${SENTENCES[error.reason] ?? error.reason}`;
    throw new ProbeFailure(error.reason, message, { cause: error });
  }
}

/** Where a redirect leads, as far as the log of a probe may say it. */
export function shownPlace({ url }: HttpRequest, gate: Gate): { readonly host?: string } {
  return gate === OPEN_GATE ? { host: url.host } : {};
}

const SENTENCES: Partial<Record<ProbeFailure['reason'], string>> = {
  timeout: 'it did not answer',
  dns: 'its name could not be looked up',
  refused: 'connection refused',
  unreachable: 'there is no route to it',
  reset: 'it reset the connection',
  tls: 'it speaks no TLS that can be used',
  certificate: 'its certificate is not to be trusted',
};
