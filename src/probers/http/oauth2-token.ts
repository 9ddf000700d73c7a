import type { Secret } from '../../lib/secret.ts';
import type { ProbeContext } from '../contract.ts';
import { ProbeFailure } from '../failure.ts';
import { fileVersion, readSecretFile } from '../shared/files.ts';
import { OPEN_GATE } from '../shared/gate.ts';
import { wire } from '../shared/http-headers.ts';
import { JWT_BEARER, type OAuth2, privateKey } from '../shared/oauth2.ts';
import { createStopwatch } from '../shared/stopwatch.ts';
import { openConnection } from './connection.ts';
import type { Exchange } from './exchange.ts';
import { readToken, type Token } from './oauth2-answer.ts';
import { signedAssertion } from './oauth2-assertion.ts';
import { call, loadClient } from './oauth2-call.ts';
import type { HttpOptions } from './options.ts';
import type { HttpRequest } from './request.ts';
import { SharedCall } from './shared-call.ts';

/** How a client says who it is, RFC 6749, 2.3.1: in a header, or in the body. */
type ClientStyle = 'header' | 'body';

/** What is known of one client at one token endpoint. */
interface Account {
  /** Changes with the file that the secret is in. */
  readonly version: string;
  token: Token | undefined;
  /** What has worked before. */
  style: ClientStyle | undefined;
  /** By whose gate it goes: what `/probe` may not reach must not fail a check. */
  readonly fetching: Map<'open' | 'gated', SharedCall<Token>>;
}

const accounts = new WeakMap<OAuth2, Account>();

type Context = Pick<ProbeContext<HttpOptions, never>, 'options' | 'signal' | 'log' | 'gate'>;

/**
 * Adds the access token that `oauth2` asks for. It is fetched once and kept until it expires; probes that need it at
 * the same time share the fetch, which ends when none of them waits any more.
 *
 * @throws {ProbeFailure} naming the token endpoint, where there is no token to be had.
 */
export async function withAccessToken(
  request: HttpRequest,
  context: Context,
): Promise<HttpRequest> {
  const { options, signal } = context;
  if (!options.oauth2) return request;
  const account = await accountOf(options.oauth2, signal);
  const token = fresh(account) ?? (await fetchShared(account, request, context));
  return {
    ...request,
    headers: { ...request.headers, authorization: wire(token.authorization.reveal()) },
  };
}

/** Drops the token where the target did not take it: the next probe asks for a new one. */
export function forgetAccessToken({ oauth2 }: HttpOptions, { request, response }: Exchange): void {
  const account = oauth2 && accounts.get(oauth2);
  if (!account || response.status !== 401 || !request.headers.authorization) return;
  account.token = undefined;
}

async function accountOf(oauth2: OAuth2, signal: AbortSignal): Promise<Account> {
  const { option, file } = credentialOf(oauth2);
  const version = file ? await fileVersion(option, file, signal) : '';
  const known = accounts.get(oauth2);
  if (known?.version === version) return known;
  const account = { version, token: undefined, style: undefined, fetching: new Map() };
  accounts.set(oauth2, account);
  return account;
}

function credentialOf(oauth2: OAuth2) {
  return oauth2.grant_type === JWT_BEARER
    ? {
        option: 'oauth2.client_certificate_key_file',
        file: oauth2.client_certificate_key_file,
        inline: oauth2.client_certificate_key,
      }
    : {
        option: 'oauth2.client_secret_file',
        file: oauth2.client_secret_file,
        inline: oauth2.client_secret,
      };
}

function fresh({ token }: Account): Token | undefined {
  return token && token.expiresAtMs > performance.now() ? token : undefined;
}

const LIMIT_SECONDS = 30;

function fetchShared(account: Account, request: HttpRequest, context: Context): Promise<Token> {
  const { signal, gate } = context;
  const kind = gate === OPEN_GATE ? 'open' : 'gated';
  let fetching = account.fetching.get(kind);
  if (!fetching || fetching.isOver) {
    const overdue = new ProbeFailure(
      'timeout',
      `the token endpoint did not answer within ${LIMIT_SECONDS} s`,
    );
    const call = async (ofCall: AbortSignal) => {
      account.token = await fetchToken(account, request, { ...context, signal: ofCall });
      return account.token;
    };
    fetching = new SharedCall(call, { limitMs: LIMIT_SECONDS * 1000, overdue });
    account.fetching.set(kind, fetching);
  }
  return fetching.join(signal);
}

/** As Go's client does: a client whose style is not known is tried with the header first. */
async function fetchToken(account: Account, request: HttpRequest, context: Context) {
  const { oauth2 } = context.options;
  if (!oauth2) throw new Error('there is no oauth2 to fetch a token with');
  const { option, file, inline } = credentialOf(oauth2);
  const credential = file
    ? await readSecretFile(option, file, context.signal)
    : (inline?.reveal() ?? '');
  const first = account.style ?? (oauth2.grant_type === JWT_BEARER ? 'body' : 'header');
  let style = first;
  let answer = await ask(tokenRequest(oauth2, credential, style, request), context);
  if (!account.style && style === 'header' && answer.status >= 400 && answer.status <= 499) {
    style = 'body';
    answer = await ask(tokenRequest(oauth2, credential, style, request), context);
  }
  const token = readToken(answer);
  account.style = style;
  return token;
}

function tokenRequest(
  oauth2: OAuth2,
  credential: string,
  style: ClientStyle,
  { headers }: HttpRequest,
): HttpRequest {
  const { client_id: id, tls_config: tls, token_url: url } = oauth2;
  const parameters =
    oauth2.grant_type === JWT_BEARER
      ? { grant_type: JWT_BEARER, assertion: assertion(oauth2, credential) }
      : {
          grant_type: 'client_credentials',
          ...(style === 'body' && {
            client_id: id,
            ...(credential && { client_secret: credential }),
          }),
        };
  const body = new URLSearchParams({
    ...parameters,
    ...(oauth2.scopes.length > 0 && { scope: oauth2.scopes.join(' ') }),
    ...revealed(oauth2.endpoint_params),
  });
  const userinfo = `${encoded(id)}:${encoded(credential)}`;
  return {
    url: new URL(url.reveal()),
    method: 'POST',
    headers: {
      ...(headers['user-agent'] && { 'user-agent': headers['user-agent'] }),
      'content-type': 'application/x-www-form-urlencoded',
      ...(style === 'header' && {
        authorization: `Basic ${Buffer.from(userinfo).toString('base64')}`,
      }),
    },
    host: undefined,
    serverName: tls?.server_name || undefined,
    body: Buffer.from(body.toString()),
    isForStranger: false,
  };
}

function assertion(oauth2: OAuth2, pem: string): string {
  try {
    return signedAssertion(oauth2, privateKey(pem));
  } catch (error) {
    const message = `${credentialOf(oauth2).option} holds no RSA private key in PEM`;
    throw new ProbeFailure('internal', message, { cause: error });
  }
}

function revealed(parameters: Readonly<Record<string, Secret>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, value.reveal()]),
  );
}

// RFC 6749, 2.3.1: encoded as in a form before it is joined.
function encoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

async function ask(request: HttpRequest, { options, signal, log, gate }: Context) {
  log('asking the token endpoint for an access token', { host: request.url.host });
  // Before the connection: its peer would wait meanwhile.
  await loadClient();
  try {
    const connection = await openConnection(request, {
      options: clientOptions(options),
      signal,
      log: (message, fields) => log(`token endpoint: ${message}`, fields),
      emit: () => {},
      stopwatch: createStopwatch(() => {}),
      gate,
      role: 'token endpoint',
    });
    return await call(request, connection);
  } catch (error) {
    if (!(error instanceof ProbeFailure)) throw error;
    throw new ProbeFailure(error.reason, `the token endpoint: ${error.message}`, { cause: error });
  }
}

/** The token endpoint has its own TLS settings and proxy, and may have other addresses than the target. */
function clientOptions(options: HttpOptions): HttpOptions {
  const { oauth2 } = options;
  if (!oauth2) return options;
  return {
    ...options,
    tls_config: oauth2.tls_config,
    proxy_url: oauth2.proxy_url,
    no_proxy: oauth2.no_proxy,
    proxy_from_environment: oauth2.proxy_from_environment,
    proxy_connect_header: oauth2.proxy_connect_header,
    skip_resolve_phase_with_proxy: true,
    preferred_ip_protocol: undefined,
    ip_protocol_fallback: true,
    enable_http2: false,
  };
}
