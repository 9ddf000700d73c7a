import { defineProber, type ProbeContext } from './contract.ts';
import { type HttpBody, readBody } from './http/body.ts';
import { celMetrics } from './http/cel.ts';
import { type Phase, placeOf } from './http/connection.ts';
import { Cookies } from './http/cookies.ts';
import { parseHttpDate } from './http/date.ts';
import { type Exchange, headersOf, send } from './http/exchange.ts';
import { bytesToMatch, hasConditions, judge } from './http/judge.ts';
import type { HttpResponse } from './http/message.ts';
import { loadClient } from './http/oauth2-call.ts';
import { forgetAccessToken, withAccessToken } from './http/oauth2-token.ts';
import { type HttpOptions, httpOptions, withHostname } from './http/options.ts';
import { reach, shownPlace } from './http/reach.ts';
import { isRedirect, MAX_REDIRECTS, redirected } from './http/redirect.ts';
import { firstRequest, type HttpRequest, parseTarget } from './http/request.ts';
import { addressMetrics, addressProbeDefaults, approach } from './shared/address.ts';
import { emitIdentity, tlsMetrics } from './shared/certificate.ts';
import {
  clientCredentialOption,
  headersCredentialOption,
  plainHeadersCredentialOption,
} from './shared/held-credentials.ts';
import { exchangeFailure } from './shared/http-failure.ts';
import { regexpMetrics } from './shared/regexp.ts';
import { createStopwatch, type Stopwatch } from './shared/stopwatch.ts';
import { parsedTarget, problemBy } from './shared/target.ts';

const metrics = {
  ...addressMetrics,
  ...tlsMetrics,
  ...regexpMetrics,
  ...celMetrics,
  probe_http_duration_seconds: {
    help: 'How long each phase of the requests took, summed over redirects; connect goes as far as the end of the tunnel where there is a proxy. Absent for a phase not reached.',
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
  probe_http_redirects: { help: 'How many answers were redirects, followed or not.', unreached: 0 },
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
export const http = defineProber({
  name: 'http',
  summary: 'An HTTP or HTTPS endpoint answers as it should.',
  target: {
    description: 'a URL, http:// where no scheme is given',
    example: 'https://example.com/health',
    isUrl: true,
    problem: problemBy(parseTarget),
  },
  options: httpOptions,
  metrics,
  probeDefaults: addressProbeDefaults,
  withHostname,
  credentialOption,
  load: ({ oauth2 }) => {
    if (oauth2) void loadClient();
  },
  probe,
});

function credentialOption(options: HttpOptions): string | undefined {
  return (
    clientCredentialOption(options) ??
    plainHeadersCredentialOption('headers', options.headers) ??
    headersCredentialOption('http_headers', options.http_headers)
  );
}

async function probe(context: Context): Promise<void> {
  const { options, signal, emit, log } = context;
  const stopwatch = createStopwatch<Phase>((phase, seconds) =>
    emit('probe_http_duration_seconds', seconds, { phase }),
  );
  emit('probe_failed_due_to_regex', 0);
  if (hasConditions(options)) emit('probe_failed_due_to_cel', 0);

  const url = parsedTarget(parseTarget, context.target);
  approach(placeOf(url, 'target'), context.gate);
  const first = await firstRequest(url, options, signal);
  const request = await withAccessToken(first, context);
  const exchange = await followRedirects(request, context, stopwatch);
  forgetAccessToken(options, exchange);
  const body = await receiveBody(exchange, context, stopwatch);

  const verdict = judge(
    {
      status: exchange.response.status,
      version: `HTTP/${exchange.response.version}`,
      tls: exchange.connection.session !== undefined,
      // Read only where a rule asks.
      get headers() {
        return headersOf(exchange.response);
      },
      body,
    },
    options,
    log,
  );
  if (!verdict) return;
  if (verdict.by) emit(`probe_failed_due_to_${verdict.by}`, 1);
  throw verdict.failure;
}

async function followRedirects(
  first: HttpRequest,
  context: Context,
  stopwatch: Stopwatch<Phase>,
): Promise<Exchange> {
  const { options, emit, fail, log } = context;
  const follow = !(options.no_follow_redirects ?? options.follow_redirects === false);
  const cookies = new Cookies(first);
  let request = first;
  for (let redirects = 0; ; redirects++) {
    const role = redirects === 0 ? 'target' : 'redirect';
    const connection = await reach(request, { ...context, stopwatch, role });
    const exchange = await send(request, connection, stopwatch);
    const { status, headers } = exchange.response;
    const { location } = headers;
    const asked = isRedirect(status, location);
    emit('probe_http_redirects', asked ? redirects + 1 : redirects);
    const isLast = !asked || !follow || redirects === MAX_REDIRECTS;
    if (isLast) {
      emitAnswer(context, exchange);
      log('answered', { status });
    }
    if (!asked || !follow || (isLast && options.valid_status_codes.includes(status))) {
      return exchange;
    }
    if (isLast) fail('redirect', `more than ${MAX_REDIRECTS} redirects`);
    const next = redirected(request, status, location);
    connection.lifeline.end();
    log('following a redirect', { status, ...shownPlace(next, context.gate) });
    request = cookies.carry(request, headers['set-cookie'], next);
  }
}

function emitAnswer({ emit }: Context, { connection, response }: Exchange): void {
  emit('probe_http_status_code', response.status);
  emit('probe_http_version', Number(response.version));
  emit('probe_http_ssl', connection.session ? 1 : 0);
  emit('probe_http_content_length', contentLength(response));
}

function contentLength({ headers, status }: HttpResponse): number {
  const unsaid = status === 204 || status === 304 ? 0 : -1;
  const length = Number(headers['content-length'] ?? unsaid);
  return Number.isSafeInteger(length) ? length : -1;
}

async function receiveBody(
  exchange: Exchange,
  { options, emit }: Context,
  stopwatch: Stopwatch<Phase>,
): Promise<HttpBody> {
  const { request, connection, response } = exchange;
  if (connection.session) emitIdentity(emit, connection.session);
  const lastModified = response.headers['last-modified'];
  const modified = lastModified && parseHttpDate(lastModified);
  if (typeof modified === 'number') emit('probe_http_last_modified_timestamp_seconds', modified);

  const progress = (bytes: number) => emit('probe_http_uncompressed_body_length', bytes);
  const body = await readBody(exchange.body, {
    compression: hasBody(request, response) ? options.compression : '',
    limit: options.body_size_limit,
    keep: bytesToMatch(options),
    progress,
    explain: (error) => exchangeFailure(error, 'body', connection),
  });
  if (body.bytes === 0) progress(0);
  stopwatch.lap('transfer');
  return body;
}

function hasBody({ method }: HttpRequest, { status }: HttpResponse): boolean {
  return method !== 'HEAD' && status >= 200 && status !== 204 && status !== 304;
}
