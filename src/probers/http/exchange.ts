import { type ClientRequest, type IncomingMessage, request as nodeRequest } from 'node:http';
import { Readable } from 'node:stream';
import got from 'got';
import { ProbeFailure } from '../failure.ts';
import { exchangeFailure } from '../shared/http-failure.ts';
import { proxyAuthorization } from '../shared/http-proxy.ts';
import { onTooMany1xx, tooMany1xx } from '../shared/informational.ts';
import type { Stopwatch } from '../shared/stopwatch.ts';
import type { Connection, Phase } from './connection.ts';
import type { HttpRequest } from './request.ts';
import { requestHttp2 } from './session.ts';

/** The values of each header by its name in lower case; one character per byte. */
export type HttpHeaders = ReadonlyMap<string, readonly string[]>;

/** A request, and the headers of its answer. */
export interface Exchange {
  readonly request: HttpRequest;
  readonly connection: Connection;
  readonly response: IncomingMessage;
  /** The body as it arrives, or what ended it. */
  readonly body: Readable;
}

const client = got.extend({
  retry: { limit: 0 },
  throwHttpErrors: false,
  decompress: false,
  followRedirect: false,
});

// Far above any honest answer; Node.js' own 16 KiB are not.
const MAX_HEADER_BYTES = 256 * 1024;

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
  return new Promise((answered, failed) => {
    const flooded = () => {
      failed(new ProbeFailure('protocol', tooMany1xx(connection.peer)));
      connection.lifeline.end();
    };
    const stream = client.stream(request.url, {
      method: request.method as 'GET',
      allowGetBody: carriesBody(request),
      request: () => {
        const native = nativeRequest(request, connection, flooded);
        stopwatch.start();
        native.once('response', () => stopwatch.lap('processing'));
        // got waits for the rest of a body that stopped being HTTP, and would wait for ever.
        native.once('error', (error) => stream.destroy(error));
        return native;
      },
    });
    stream.once('response', (response: IncomingMessage) =>
      answered({ request, connection, response, body: stream }),
    );
    // 101: nothing of what follows on the connection is HTTP any more.
    stream.once('upgrade', (response: IncomingMessage) => {
      stopwatch.lap('processing');
      answered({ request, connection, response, body: Readable.from([]) });
    });
    stream.on('error', (error) => failed(exchangeFailure(error, 'answer', connection)));
    // Not by got's option: that hangs up on a peer that answers before it has read all.
    if (carriesBody(request)) stream.end(request.body ?? '');
  });
}

/** The headers of an answer, every value of its own. */
export function headersOf({ rawHeaders }: IncomingMessage): HttpHeaders {
  const headers = new Map<string, readonly string[]>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    headers.set(name, [...(headers.get(name) ?? []), rawHeaders[index + 1] ?? '']);
  }
  return headers;
}

/** `x-api-key` as `X-Api-Key`: what Go's client sends, for servers that know no other. */
function inUsualCase<T>(headers: Readonly<Record<string, T>>): Record<string, T> {
  const cased: Record<string, T> = {};
  for (const [name, value] of Object.entries(headers)) cased[usualCase(name)] = value;
  return cased;
}

// As many as configurations name.
const usualCases = new Map<string, string>();

function usualCase(name: string): string {
  let usual = usualCases.get(name);
  if (usual === undefined) {
    usual = name.replace(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
    usualCases.set(name, usual);
  }
  return usual;
}

function carriesBody({ method, body }: HttpRequest): boolean {
  return method !== 'HEAD' && !(method === 'GET' && body === undefined);
}

// RFC 9110, 8.6: these say that they have no body.
const METHODS_WITH_LENGTH = new Set(['POST', 'PUT', 'PATCH']);

function nativeRequest(
  request: HttpRequest,
  connection: Connection,
  flooded: () => void,
): ClientRequest {
  const { url, method, body } = request;
  const needsLength = body !== undefined || METHODS_WITH_LENGTH.has(method);
  const headers = {
    ...(request.headers as Record<string, string | string[]>),
    ...(needsLength && { 'content-length': body?.length ?? 0 }),
  };
  const path = `${url.pathname}${url.search}`;
  const host = request.host ?? url.host;
  const { http2, proxy, socket } = connection;
  if (http2) {
    const ends = !carriesBody(request);
    const parts = { method, authority: host, path, headers, ends };
    return requestHttp2(http2, { ...parts, tooMany1xx: flooded });
  }
  const native = nodeRequest({
    method,
    path: proxy ? `${url.origin}${path}` : path,
    setHost: false,
    headers: inUsualCase({
      host,
      ...headers,
      ...(proxy && proxyAuthorization(proxy)),
    }),
    createConnection: () => socket,
    maxHeaderSize: MAX_HEADER_BYTES,
  });
  onTooMany1xx(native, 'information', flooded);
  return deafOnceComplete(native);
}

/** What follows a complete answer on its connection is no part of it, be it garbage or a reset, and fails nothing. */
function deafOnceComplete(native: ClientRequest): ClientRequest {
  let answer: IncomingMessage | undefined;
  native.once('response', (response) => {
    answer = response;
  });
  const emit = native.emit.bind(native);
  native.emit = (event: string | symbol, ...values: unknown[]) =>
    event === 'error' && answer?.complete ? false : emit(event, ...values);
  return native;
}
