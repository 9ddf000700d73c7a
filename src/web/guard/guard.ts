import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { WebConfigReader, WebState } from '../../config/web/reader.ts';
import type { RateLimit } from '../../config/web/web-config.ts';
import { createTokenBucket, type TokenBucket } from '../../lib/token-bucket.ts';
import { goneSignal, refuseForNow, sendSentence } from '../respond.ts';
import { createAuthenticator } from './authenticate.ts';
import type { Comparer } from './bcrypt-thread.ts';
import { BusyError } from './comparisons.ts';
import { readCredentials } from './credentials.ts';

interface GuardParts {
  readonly reader: WebConfigReader;
  readonly comparer: Pick<Comparer, 'compare'>;
  /** Is told of what is no client's fault. */
  readonly failed: (error: unknown) => void;
}

/**
 * Lets through to a handler what a web configuration file allows. As in exporter-toolkit the file comes first, then the
 * rate limit, the headers, and who asks; every path is guarded alike.
 */
export function guard(
  handler: RequestListener,
  { reader, comparer, failed }: GuardParts,
): RequestListener {
  const authenticator = createAuthenticator(comparer);
  const limiter = createLimiter(reader.initial.rateLimit);

  const isUser = async (state: WebState, request: IncomingMessage, response: ServerResponse) => {
    const { users } = state.config;
    if (users.size === 0) return true;
    const credentials = readCredentials(request.headers.authorization);
    if (!credentials) return false;
    const address = request.socket.remoteAddress;
    return authenticator.isUser(credentials, users, { address, signal: goneSignal(response) });
  };
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const state = await reader.current();
    if (state.problem !== undefined) return sendSentence(response, 500, BROKEN);
    const waitSeconds = limiter.take(state.config.rateLimit);
    if (waitSeconds > 0) return refuseForNow(response, 429, 'Too many requests', waitSeconds);
    for (const [name, value] of state.config.headers) response.setHeader(name, value);
    const isLetIn = await isUser(state, request, response);
    // What it asks for would be done for nobody: it has gone too early for the handler to hear of it.
    if (response.destroyed) return;
    if (isLetIn) return handler(request, response);
    response.setHeader('WWW-Authenticate', 'Basic');
    sendSentence(response, 401, 'Unauthorized');
  };
  return (request, response) => {
    pass(request, response).catch((error: unknown) => {
      if (response.destroyed) return;
      if (error instanceof BusyError) {
        return refuseForNow(response, 503, `Try again later: ${error.message}`, 1);
      }
      failed(error);
      if (response.headersSent) response.destroy();
      else sendSentence(response, 500, 'Internal error, see the log');
    });
  };
}

const BROKEN = 'The file of --web.config.file has a mistake, which the log tells';

/** One bucket for everybody, a new one when the file says another rate. */
function createLimiter(initial: RateLimit | undefined) {
  let rate = initial;
  let bucket: TokenBucket | undefined = initial && createTokenBucket(initial);
  return {
    take: (wanted: RateLimit | undefined): number => {
      if (wanted?.intervalSeconds !== rate?.intervalSeconds || wanted?.burst !== rate?.burst) {
        rate = wanted;
        bucket = wanted && createTokenBucket(wanted);
      }
      return bucket?.take() ?? 0;
    },
  };
}
