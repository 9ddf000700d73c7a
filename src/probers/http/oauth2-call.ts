import type { IncomingMessage } from 'node:http';
import type { Request } from 'got';
import { lazily } from '../../lib/lazy.ts';
import { ProbeFailure } from '../failure.ts';
import { exchangeFailure } from '../shared/http-failure.ts';
import { onTooMany1xx, tooMany1xx } from '../shared/informational.ts';
import { readBody } from './body.ts';
import type { Connection } from './connection.ts';
import { messageOf } from './exchange.ts';
import { nativeRequest } from './http1.ts';
import type { HttpRequest } from './request.ts';

/** What a token endpoint said. */
export interface CallAnswer {
  readonly status: number;
  /** The media type, empty where it does not say. */
  readonly type: string;
  readonly body: Buffer;
}

const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * Posts to a token endpoint over an open connection, which it ends. An ordinary call as any client makes it, and not
 * what is measured: so it is the HTTP client's, where a probe talks to its target without one.
 *
 * @throws {ProbeFailure} `protocol`, `reset`, `tls`, `body`.
 */
export async function call(request: HttpRequest, connection: Connection): Promise<CallAnswer> {
  const stream = await post(request, connection);
  const { statusCode: status, headers } = await answerTo(stream, connection);
  const { start, failure } = await readBody(stream, {
    compression: '',
    limit: MAX_ANSWER_BYTES,
    keep: MAX_ANSWER_BYTES,
    explain: (error) => explained(error, 'body', connection),
  });
  connection.lifeline.end();
  if (failure) throw failure;
  return { status: status ?? 0, type: headers['content-type'] ?? '', body: start };
}

/** Loads the client. Few ask for a token, and this takes longer than a probe. */
export const loadClient = lazily(() => import('got'));

async function post(request: HttpRequest, connection: Connection): Promise<Request> {
  const { default: got } = await loadClient();
  const stream = got.stream.post(request.url, {
    retry: { limit: 0 },
    throwHttpErrors: false,
    decompress: false,
    followRedirect: false,
    request: () => {
      const native = nativeRequest(messageOf(request), connection);
      // got waits for the rest of a body that stopped being HTTP, and would wait for ever.
      native.once('error', (error) => stream.destroy(error));
      // 101: nothing of what follows on the connection is HTTP any more, and no token.
      native.once('upgrade', () =>
        stream.destroy(new ProbeFailure('status', 'it answered with status 101')),
      );
      onTooMany1xx(native, 'information', () =>
        stream.destroy(new ProbeFailure('protocol', tooMany1xx(connection.peer))),
      );
      return native;
    },
  });
  // Not by got's option: that hangs up on a peer that answers before it has read all.
  stream.end(request.body ?? '');
  return stream;
}

function answerTo(stream: Request, connection: Connection): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    stream.once('response', resolve);
    stream.on('error', (error) => reject(explained(error, 'answer', connection)));
  });
}

/** got wraps what the stream was ended with. */
function explained(error: Error, stage: 'answer' | 'body', connection: Connection): ProbeFailure {
  const own = [error, error.cause].find((one) => one instanceof ProbeFailure);
  return own ?? exchangeFailure(error, stage, connection);
}
