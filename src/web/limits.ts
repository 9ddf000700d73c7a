/** What clients may ask of the server, and how long it waits for them. Times are in milliseconds. */
export interface ServerLimits {
  /** A request has to have sent its headers by then, counted from the connection or from its first byte. */
  readonly headersMs: number;
  /** A request has to be here as a whole by then. */
  readonly requestMs: number;
  /** How often the two above are looked at. */
  readonly lookMs: number;
  /** How long a connection may be kept without a request. */
  readonly keepAliveMs: number;
  /** A client that has taken nothing of its answer for so long is gone. */
  readonly stalledMs: number;
  /** An answer has to be taken as a whole by then. */
  readonly takenMs: number;
  /** Open connections; beyond, the oldest that wait for nothing are closed. */
  readonly connections: number;
  /** Requests on one connection that are not answered yet. */
  readonly pipelined: number;
  /** Characters of the request target: path and query. */
  readonly urlLength: number;
  /** Bytes of the request line and all headers. */
  readonly headerBytes: number;
  /** Header lines. */
  readonly headerLines: number;
}

/** Connections beside those whose requests are being answered: kept by Prometheus for its next scrape, or just opened. */
const SPARE_CONNECTIONS = 2048;

/** The limits that no flag changes. */
const FIXED = {
  headersMs: 10_000,
  requestMs: 15_000,
  lookMs: 5_000,
  // Longer than Prometheus keeps an idle connection (5 min), so that the server is never the one to close it.
  keepAliveMs: 330_000,
  // The kernel takes some megabytes at once: less than that in half a minute is no scrape that anybody waits for.
  stalledMs: 30_000,
  // blackbox_exporter's patience, and ours, where a scrape does not say its own: nobody waits longer for an answer.
  takenMs: 120_000,
  // Neither Prometheus nor browsers send a second request before the first is answered.
  pipelined: 8,
  urlLength: 8192,
  headerBytes: 16_384,
  headerLines: 100,
} as const;

/**
 * @param requests how many requests may be answered at once, `Infinity` where nothing limits them.
 * @param descriptors how many files and sockets this process may have open. Half of them are left for what probes
 *   need, one for each `/probe` at least.
 */
export function serverLimits(
  { requests, descriptors }: { requests: number; descriptors: number } = {
    requests: SPARE_CONNECTIONS,
    descriptors: Infinity,
  },
): ServerLimits {
  const connections = Math.min(SPARE_CONNECTIONS + requests, Math.floor(descriptors / 2));
  return { ...FIXED, connections };
}
