import type { OutgoingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { ProbeFailure } from '../failure.ts';
import { exchangeFailure } from '../shared/http-failure.ts';
import { tooMany1xx } from '../shared/informational.ts';
import type { Stopwatch } from '../shared/stopwatch.ts';
import type { Connection, Phase } from './connection.ts';
import { talkHttp1 } from './http1.ts';
import { talkHttp2 } from './http2.ts';
import type { HttpMessage, HttpResponse, Listener } from './message.ts';
import type { HttpRequest } from './request.ts';

/** A request, and the headers of its answer. */
export interface Exchange {
  readonly request: HttpRequest;
  readonly connection: Connection;
  readonly response: HttpResponse;
  /** The body as it arrives, or what ended it. */
  readonly body: Readable;
}

/**
 * Writes the request to the open connection and waits for the headers of the answer.
 *
 * @throws {ProbeFailure} `protocol`, `reset`, `tls`.
 */
export function send(
  request: HttpRequest,
  connection: Connection,
  stopwatch: Stopwatch<Phase>,
): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const listener: Listener = {
      answered: (response, body) => {
        stopwatch.lap('processing');
        resolve({ request, connection, response, body });
      },
      broke: (error) => reject(exchangeFailure(error, 'answer', connection)),
      flooded: () => {
        reject(new ProbeFailure('protocol', tooMany1xx(connection.peer)));
        connection.lifeline.end();
      },
    };
    const message = messageOf(request);
    stopwatch.start();
    const { http2 } = connection;
    if (http2) talkHttp2(message, http2, listener);
    else talkHttp1(message, connection, listener);
  });
}

// RFC 9110, 8.6: these say that they have no body.
const METHODS_WITH_LENGTH = new Set(['POST', 'PUT', 'PATCH']);

/** What is to be written for a request. */
export function messageOf({ url, method, host, headers, body }: HttpRequest): HttpMessage {
  // A server would wait for the body that a length promises.
  const sent = method === 'HEAD' ? undefined : body;
  const hasLength = sent !== undefined || METHODS_WITH_LENGTH.has(method);
  return {
    method,
    origin: url.origin,
    host: host ?? url.host,
    path: `${url.pathname}${url.search}`,
    headers: {
      ...(headers as OutgoingHttpHeaders),
      ...(hasLength && { 'content-length': sent?.length ?? 0 }),
    },
    body: sent,
  };
}

/** The values of each header by its name in lower case; one character per byte. */
export type HttpHeaders = ReadonlyMap<string, readonly string[]>;

/** The headers of an answer, every value of its own. */
export function headersOf({ rawHeaders }: HttpResponse): HttpHeaders {
  const headers = new Map<string, readonly string[]>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    headers.set(name, [...(headers.get(name) ?? []), rawHeaders[index + 1] ?? '']);
  }
  return headers;
}
