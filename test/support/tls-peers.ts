import type { TlsOptions } from 'node:tls';
import { tcp } from '../../src/probers/tcp.ts';
import { type Authority, daysFromNow, type Identity } from './certificates.ts';
import { probe } from './probe.ts';
import { tlsServer } from './servers.ts';

export const EARLIEST = 'probe_ssl_earliest_cert_expiry';
export const LAST_CHAIN = 'probe_ssl_last_chain_expiry_timestamp_seconds';

// One clock for all: a date asked for twice is the same date.
const TODAY = daysFromNow(0);

export function inDays(days: number): Date {
  return new Date(TODAY.getTime() + days * 86_400_000);
}

export function seconds(date: Date): number {
  return date.getTime() / 1000;
}

/** Certificates of an authority for servers on the loopback interface, and a probe of such a server. */
export function tlsPeers(authority: () => Authority) {
  return {
    localhost: (validTo = inDays(30), issuer?: Identity) =>
      authority().issue({ names: 'DNS:localhost,IP:127.0.0.1', validTo }, issuer),

    intermediate: (validTo = inDays(30)) =>
      authority().issue({ subject: '/CN=Intermediate', authority: true, validTo }),

    /** Starts a server and probes it, trusting the authority unless `config` says otherwise. */
    ask: async (options: TlsOptions, config: Record<string, unknown> = {}, host = 'localhost') => {
      const server = await tlsServer(options, (socket) => socket.resume());
      const tls_config = { ca: authority().cert, ...config };
      return probe(tcp, `${host}:${server.port}`, { tls: true, tls_config });
    },
  };
}
