import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** An answer as it came over the wire: nothing decompressed, nothing followed. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * Sends exactly these headers, by GET where no method is named, a list of values as several lines, on a connection of its own: to a unix-domain socket
 * where one is named.
 */
export function httpGet(
  url: string,
  headers: OutgoingHttpHeaders = {},
  options: { signal?: AbortSignal; socketPath?: string; method?: string } = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { ...options, headers, agent: false }, (response) => {
      const { statusCode: status = 0, headers } = response;
      buffer(response).then((body) => resolve({ status, headers, body }), reject);
    });
    sent.on('error', reject).end();
  });
}
