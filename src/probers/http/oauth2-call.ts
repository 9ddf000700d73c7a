import type { IncomingMessage } from 'node:http';
import type { Request } from 'got';
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
    explain: (error) => exchangeFailure(error, 'body', connection),
  });
  connection.lifeline.end();
  if (failure) throw failure;
  return { status: status ?? 0, type: headers['content-type'] ?? '', body: start };
}

async function post(request: HttpRequest, connection: Connection): Promise<Request> {
  // Few ask for a token, and loading the client takes longer than all the rest of the program.
  const { default: got } = await import('got');
  const stream = got.stream.post(request.url, {
    retry: { limit: 0 },
    throwHttpErrors: false,
    decompress: false,
    followRedirect: false,
    request: () => {
      const native = nativeRequest(messageOf(request), connection);
      // got waits for the rest of a body that stopped being HTTP, and would wait for ever.
      native.once('error', (error) => stream.destroy(error));
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
    stream.on('error', (error) => {
      const { cause } = error;
      const isOurs = cause instanceof ProbeFailure;
      reject(isOurs ? cause : exchangeFailure(error, 'answer', connection));
    });
  });
}
