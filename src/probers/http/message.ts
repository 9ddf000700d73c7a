import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

/** The most bytes that the headers of an answer may have. Far above any honest one; Node.js' own 16 KiB are not. */
export const MAX_HEADER_BYTES = 256 * 1024;

/** What is written to a connection, whichever HTTP it speaks. */
export interface HttpMessage {
  readonly method: string;
  /** `https://example.com` */
  readonly origin: string;
  /** What the `Host` header says. */
  readonly host: string;
  /** With the query. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer | undefined;
}

/** Told what becomes of a message. */
export interface Listener {
  readonly answered: (response: HttpResponse, body: Readable) => void;
  /** There will be no answer. What breaks off later shows on the body. */
  readonly broke: (error: Error) => void;
  /** Informational answers flood in. */
  readonly flooded: () => void;
}

/** An answer without its body. */
export interface HttpResponse {
  readonly status: number;
  /** `1.0`, `1.1` or `2.0`. */
  readonly version: string;
  /** By name in lower case, as Node.js has them: most that come twice are joined. One character per byte. */
  readonly headers: IncomingHttpHeaders;
  /** As they came: name, value, name, value, … */
  readonly rawHeaders: readonly string[];
}
