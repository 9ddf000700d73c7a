import { type ClientRequest, type IncomingMessage, request as nodeRequest } from 'node:http';
import { Readable } from 'node:stream';
import { proxyAuthorization } from '../shared/http-proxy.ts';
import { onTooMany1xx } from '../shared/informational.ts';
import type { Connection } from './connection.ts';
import { type HttpMessage, type Listener, MAX_HEADER_BYTES } from './message.ts';

/** Writes a request to an open connection in HTTP/1.1 and reads the answer. */
export function talkHttp1(
  message: HttpMessage,
  connection: Connection,
  { answered, broke, flooded }: Listener,
): void {
  const native = nativeRequest(message, connection);
  let answer: IncomingMessage | undefined;
  native.once('response', (response) => {
    answer = response;
    answered(partsOf(response), response);
  });
  // 101: nothing of what follows on the connection is HTTP any more.
  native.once('upgrade', (response) => answered(partsOf(response), Readable.from([])));
  native.on('error', (error) => {
    if (!answer) broke(error);
    // What follows a complete answer on its connection is no part of it, be it garbage or a reset, and fails nothing.
    else if (!answer.complete) answer.destroy(error);
  });
  onTooMany1xx(native, 'information', flooded);
  native.end(message.body);
}

/** A request of Node.js over an open connection, of which nothing but its end is left to do. */
export function nativeRequest(
  { origin, host, method, path, headers }: HttpMessage,
  { socket, proxy }: Pick<Connection, 'socket' | 'proxy'>,
): ClientRequest {
  return nodeRequest({
    method,
    path: proxy ? `${origin}${path}` : path,
    setHost: false,
    headers: inUsualCase({ host, ...headers, ...(proxy && proxyAuthorization(proxy)) }),
    createConnection: () => socket,
    maxHeaderSize: MAX_HEADER_BYTES,
  });
}

function partsOf({ statusCode = 0, httpVersion, headers, rawHeaders }: IncomingMessage) {
  return { status: statusCode, version: httpVersion, headers, rawHeaders };
}

/** `x-api-key` as `X-Api-Key`: what Go's client sends, for servers that know no other. */
function inUsualCase<T>(headers: Readonly<Record<string, T>>): Record<string, T> {
  const cased: Record<string, T> = {};
  for (const name in headers) cased[usualCase(name)] = headers[name] as T;
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
