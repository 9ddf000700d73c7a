import { type ClientRequest, type IncomingMessage, request as nodeRequest } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import got from 'got';
import { defineProber, type ProbeContext } from './contract.ts';
import {
  addressMetrics,
  addressProbeDefaults,
  findAddress,
  hostPort,
  resolve,
} from './shared/address.ts';
import { emitIdentity, tlsMetrics } from './shared/certificate.ts';
import { dial, Lifeline } from './shared/dial.ts';
import { type HttpBody, readBody } from './shared/http-body.ts';
import { exchangeFailure } from './shared/http-failure.ts';
import { bytesToMatch, judge } from './shared/http-judge.ts';
import { type HttpOptions, httpOptions, withHostname } from './shared/http-options.ts';
import { MAX_REDIRECTS, redirected } from './shared/http-redirect.ts';
import { firstRequest, type HttpRequest, parseTarget } from './shared/http-request.ts';
import { regexpMetrics } from './shared/regexp.ts';
import { secure } from './shared/secure.ts';
import { createStopwatch, type Stopwatch } from './shared/stopwatch.ts';
import { parsedTarget, problemBy } from './shared/target.ts';
import type { TlsSession } from './shared/tls.ts';

const metrics = {
  ...addressMetrics,
  ...tlsMetrics,
  ...regexpMetrics,
  probe_http_duration_seconds: {
    help: 'How long each phase of the requests took, summed over redirects. Absent for a phase not reached.',
    labels: ['phase'],
  },
  probe_http_status_code: { help: 'Status code of the last answer.', unreached: 0 },
  probe_http_content_length: {
    help: 'Content-Length of the last answer, -1 where it does not say.',
    unreached: 0,
  },
  probe_http_uncompressed_body_length: {
    help: 'Length of the last body after decompression, as far as it was read.',
    unreached: 0,
  },
  probe_http_redirects: { help: 'How many answers were redirects to follow.', unreached: 0 },
  probe_http_ssl: {
    help: '1 where the last answer came over TLS, 0 where it did not.',
    unreached: 0,
  },
  probe_http_version: { help: 'HTTP version of the last answer.', unreached: 0 },
  probe_http_last_modified_timestamp_seconds: {
    help: 'Last-Modified of the last answer, in seconds since the epoch.',
  },
} as const;

type Context = ProbeContext<HttpOptions, typeof metrics>;
type Phase = 'resolve' | 'connect' | 'tls' | 'processing' | 'transfer';

interface Connection {
  readonly socket: Socket;
  readonly session: TlsSession | undefined;
  readonly peer: string;
  readonly lifeline: Lifeline;
  /** What the socket reported when it broke. */
  socketError: Error | undefined;
}

interface Exchange {
  readonly request: HttpRequest;
  readonly connection: Connection;
  readonly response: IncomingMessage;
  readonly body: Readable;
}

export const http = defineProber({
  name: 'http',
  summary: 'An HTTP or HTTPS endpoint answers as it should.',
  target: {
    description: 'a URL, http:// where no scheme is given',
    example: 'https://example.com/health',
    problem: problemBy(parseTarget),
  },
  options: httpOptions,
  metrics,
  probeDefaults: addressProbeDefaults,
  withHostname,
  probe,
});

async function probe(context: Context): Promise<void> {
  const { options, signal, emit, log } = context;
  const stopwatch = createStopwatch<Phase>((phase, seconds) =>
    emit('probe_http_duration_seconds', seconds, { phase }),
  );
  emit('probe_failed_due_to_regex', 0);

  const url = parsedTarget(parseTarget, context.target);
  const request = await firstRequest(url, options, signal);
  const exchange = await followRedirects(request, context, stopwatch);
  const body = await receiveBody(exchange, context, stopwatch);

  const verdict = judge(
    {
      status: exchange.response.statusCode ?? 0,
      version: `HTTP/${exchange.response.httpVersion}`,
      tls: exchange.connection.session !== undefined,
      headers: exchange.response.headersDistinct,
      body,
    },
    options,
    log,
  );
  if (!verdict) return;
  if (verdict.byRegexp) emit('probe_failed_due_to_regex', 1);
  throw verdict.failure;
}

async function followRedirects(
  first: HttpRequest,
  context: Context,
  stopwatch: Stopwatch<Phase>,
): Promise<Exchange> {
  const { options, emit, fail, log } = context;
  const follow = options.follow_redirects ?? !options.no_follow_redirects;
  let request = first;
  for (let redirects = 0; ; redirects++) {
    const connection = await open(request, context, stopwatch, redirects === 0);
    const exchange = await send(request, connection, stopwatch);
    emitAnswer(context, exchange);
    const { statusCode = 0, headers } = exchange.response;
    const next = follow ? redirected(request, statusCode, headers.location) : undefined;
    emit('probe_http_redirects', next ? redirects + 1 : redirects);
    if (!next) return exchange;
    if (redirects === MAX_REDIRECTS) fail('redirect', `more than ${MAX_REDIRECTS} redirects`);
    connection.lifeline.end();
    log('following a redirect', { status: statusCode, host: next.url.host });
    request = next;
  }
}

/** Resolves, connects and speaks TLS, each on the clock. */
async function open(
  request: HttpRequest,
  context: Context,
  stopwatch: Stopwatch<Phase>,
  isFirst: boolean,
): Promise<Connection> {
  const { options, signal, emit, log } = context;
  const { url, serverName } = request;
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const tls = url.protocol === 'https:';
  const port = url.port === '' ? (tls ? 443 : 80) : Number(url.port);

  stopwatch.start();
  const address = isFirst ? await findAddress(host, context) : await resolve(host, options, signal);
  stopwatch.lap('resolve');

  const lifeline = new Lifeline(signal);
  const plain = await dial(address, port, lifeline);
  stopwatch.lap('connect');
  const peer = hostPort(host, port);
  log('connected', { ip: address.ip, port });
  if (!tls) return watched({ socket: plain, session: undefined, peer, lifeline });

  const name = serverName ?? host;
  const session = await secure(plain, {
    config: options.tls_config,
    name,
    peer,
    lifeline,
    emit,
    log,
  });
  stopwatch.lap('tls');
  return watched({ socket: session.socket, session, peer, lifeline });
}

function watched(parts: Omit<Connection, 'socketError'>): Connection {
  const connection: Connection = { ...parts, socketError: undefined };
  connection.socket.on('error', (error) => {
    connection.socketError ??= error;
  });
  return connection;
}

const client = got.extend({
  retry: { limit: 0 },
  throwHttpErrors: false,
  decompress: false,
  followRedirect: false,
});

// Far above any honest answer; Node.js' own 16 KiB are not.
const MAX_HEADER_BYTES = 256 * 1024;

/** Writes the request to the open connection and waits for the headers of the answer. */
function send(
  request: HttpRequest,
  connection: Connection,
  stopwatch: Stopwatch<Phase>,
): Promise<Exchange> {
  return new Promise((answered, failed) => {
    const stream = client.stream(request.url, {
      method: request.method as 'GET',
      ...bodyOptions(request),
      request: () => {
        const native = nativeRequest(request, connection.socket);
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
  });
}

// Without a body option, got takes the stream itself for the body of a POST and waits for its end. HEAD has none,
// and got says so by throwing.
function bodyOptions({ method, body }: HttpRequest) {
  if (method === 'HEAD') return {};
  if (body) return { body, allowGetBody: true };
  return method === 'GET' ? {} : { body: '' };
}

function nativeRequest(
  { url, method, headers, host, body }: HttpRequest,
  socket: Socket,
): ClientRequest {
  const needsLength = body !== undefined || METHODS_WITH_LENGTH.has(method);
  return nodeRequest({
    method,
    path: `${url.pathname}${url.search}`,
    setHost: false,
    headers: {
      host: host ?? url.host,
      ...(headers as Record<string, string | string[]>),
      ...(needsLength && { 'content-length': body?.length ?? 0 }),
    },
    createConnection: () => socket,
    maxHeaderSize: MAX_HEADER_BYTES,
  });
}

// RFC 9110, 8.6: these say that they have no body.
const METHODS_WITH_LENGTH = new Set(['POST', 'PUT', 'PATCH']);

function emitAnswer({ emit }: Context, { connection, response }: Exchange): void {
  emit('probe_http_status_code', response.statusCode ?? 0);
  emit('probe_http_version', Number(response.httpVersion));
  emit('probe_http_ssl', connection.session ? 1 : 0);
  emit('probe_http_content_length', contentLength(response));
}

function contentLength({ headers }: IncomingMessage): number {
  const length = Number(headers['content-length'] ?? -1);
  return Number.isSafeInteger(length) ? length : -1;
}

async function receiveBody(
  exchange: Exchange,
  { options, emit }: Context,
  stopwatch: Stopwatch<Phase>,
): Promise<HttpBody> {
  const { request, connection, response } = exchange;
  if (connection.session) emitIdentity(emit, connection.session);
  const modified = Date.parse(response.headers['last-modified'] ?? '');
  if (!Number.isNaN(modified)) emit('probe_http_last_modified_timestamp_seconds', modified / 1000);

  const body = await readBody(exchange.body, {
    compression: hasBody(request, response) ? options.compression : '',
    limit: options.body_size_limit,
    keep: bytesToMatch(options),
    explain: (error) => exchangeFailure(error, 'body', connection),
  });
  if (!body.failure) stopwatch.lap('transfer');
  emit('probe_http_uncompressed_body_length', body.bytes);
  return body;
}

function hasBody({ method }: HttpRequest, { statusCode = 0 }: IncomingMessage): boolean {
  return method !== 'HEAD' && statusCode >= 200 && statusCode !== 204 && statusCode !== 304;
}
