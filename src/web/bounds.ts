import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from '../lib/logger.ts';
import type { RefusalCause } from '../metrics/self.ts';
import type { Connections } from './connections.ts';
import type { ServerLimits } from './limits.ts';
import { refuse } from './refuse.ts';
import { type RequestRefusal, requestRefusal, streamRefusal } from './request-problem.ts';
import type { TlsParts } from './tls/front.ts';

/** What all servers of this process share. */
export interface ServerParts {
  readonly limits: ServerLimits;
  readonly connections: Connections;
  /** Counts what is refused. */
  readonly refused: (cause: RefusalCause) => void;
  /** Whoever sends nonsense shall not fill the log: it is told at level debug. */
  readonly logger: Logger;
  /** Absent: plain HTTP. */
  readonly tls?: TlsParts | undefined;
}

/** The part of the limits that Node.js holds itself, as `createServer` of `node:http` and `node:https` takes them. */
export function serverOptions({
  headersMs,
  requestMs,
  lookMs,
  keepAliveMs,
  headerBytes,
}: ServerLimits) {
  return {
    keepAliveTimeout: keepAliveMs,
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: lookMs,
    maxHeaderSize: headerBytes,
    // Whatever NODE_OPTIONS says: two requests for a proxy in front of us are two for us.
    insecureHTTPParser: false,
    // It would answer without a sentence.
    requireHostHeader: false,
  };
}

/** Has a server answer what comes within its limits by `handler`, and refuse the rest. */
export function answerWithin(server: Server, handler: RequestListener, parts: ServerParts): void {
  const { limits, connections, refused, logger } = parts;
  const turnAway = (socket: Duplex, { cause, status, sentence }: RequestRefusal, code?: string) => {
    refused(cause);
    logger.debug('request refused', {
      cause,
      status,
      code,
      from: (socket as Socket).remoteAddress,
    });
    refuse(socket, status, sentence, status === 405 ? { Allow: 'GET, HEAD' } : {});
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    // A packet may hold hundreds of requests: they all come, also after the first ones have had it closed.
    if (socket.destroyed) return;
    const unanswered = connections.asked(socket, response);
    const wrong = requestRefusal(request, limits);
    if (unanswered > limits.pipelined || (wrong && unanswered > 1)) {
      // What is written now would stand in front of the answers that are owed.
      refused(wrong?.cause ?? 'pipelining');
      socket.destroy();
      return;
    }
    if (wrong) return turnAway(socket, wrong);
    closeWhereNotTaken(request, response, parts);
    handler(request, response);
  };

  server.on('connection', connections.opened);
  server.on('request', onRequest);
  // A client that asks whether it may send its body is told so before it does.
  server.on('checkContinue', onRequest);
  // An expectation that nobody knows may be ignored; Node.js would answer 417 to what is else a proper request.
  server.on('checkExpectation', onRequest);
  server.on('connect', (_request, socket) =>
    turnAway(socket, { cause: 'malformed', status: 405, sentence: 'this is no proxy' }),
  );
  server.on('clientError', (error, socket) => {
    const { bytesRead = 0 } = socket as Partial<Socket>;
    const wrong = streamRefusal(error, bytesRead, limits);
    if (wrong && connections.unanswered(socket as Socket) === 0 && !socket.writableEnded) {
      turnAway(socket, wrong, (error as NodeJS.ErrnoException).code);
    } else if (!socket.writableEnded) socket.destroy();
  });
}

/**
 * Gives up a client that does not take its answer, so that its memory is free again. From when an answer is handed over
 * as a whole, or begins to be handed over as it is taken, the connection has to make progress.
 */
function closeWhereNotTaken(
  { socket }: IncomingMessage,
  response: ServerResponse,
  { limits, connections, refused }: ServerParts,
): void {
  const giveUp = () => {
    refused('slow_reader');
    socket.destroy();
  };
  const watch = () => {
    for (const event of HANDED_OVER) response.off(event, watch);
    // Who has left takes nothing, and closes no second time.
    if (response.writableFinished || response.destroyed) return;
    const timer = setTimeout(giveUp, limits.takenMs);
    socket.setTimeout(limits.stalledMs);
    socket.once('timeout', giveUp);
    response.once('close', () => {
      clearTimeout(timer);
      socket.off('timeout', giveUp);
      // The next one may be waiting for its probe, which is no fault of the client's.
      if (connections.unanswered(socket) > 0) socket.setTimeout(0);
    });
  };
  for (const event of HANDED_OVER) response.once(event, watch);
}

/** What a response tells when all of it is written, and when a stream begins to write it. */
const HANDED_OVER = ['prefinish', 'pipe'];
