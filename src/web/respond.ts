import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createGzip, gzipSync } from 'node:zlib';
import type { Request, RequestHandler, Response } from 'express';
import { acceptsGzip } from './negotiate.ts';

// Below this the loop is held for about a millisecond, which is cheaper than the way through the thread pool and works
// also while file systems that hang hold all of its threads.
const SYNC_LIMIT_BYTES = 64 * 1024;
const LEVEL = { level: 1 };

/** What is wrong with a request, thrown where it is found out; the application answers it. */
export class RequestProblem extends Error {
  override readonly name = 'RequestProblem';
  readonly status: number;

  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

/** Sends text, gzipped where the client takes it. */
export function sendText(
  request: Request,
  response: Response,
  contentType: string,
  text: string,
): Promise<void> {
  return sendSlices(request, response, contentType, [text]);
}

/**
 * Sends text that is written slice by slice. Between two of them everybody else has a turn, so that a large answer
 * shows in nobody's latency; who leaves ends the writing.
 */
export async function sendSlices(
  request: Request,
  response: Response,
  contentType: string,
  slices: Iterable<string>,
): Promise<void> {
  const zipped = beginText(request, response, contentType);
  const written = inTurns(slices, () => response.destroyed);
  // Whole before the first byte goes out, for its length; not joined, which would need its memory twice.
  const parts = zipped ? [await gzipped(written)] : await partsOf(written);
  if (zipped) response.setHeader('Content-Encoding', 'gzip');
  response.setHeader(
    'Content-Length',
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  for (const part of parts.slice(0, -1)) response.write(part);
  response.end(parts.at(-1));
}

/**
 * Sends text of any length, slice by slice as {@link sendSlices} does, but no faster than it is taken: however many ask
 * for it and however slowly they read, only a slice or two for each of them are in memory. Text of one slice has its
 * length told; of more, nobody knows it before.
 */
export async function streamSlices(
  request: Request,
  response: Response,
  contentType: string,
  slices: Generator<string, void>,
): Promise<void> {
  const { value: first = '' } = slices.next();
  const { value: second } = slices.next();
  if (second === undefined) return sendText(request, response, contentType, first);
  const zipped = beginText(request, response, contentType);
  if (zipped) response.setHeader('Content-Encoding', 'gzip');
  const all = function* () {
    yield first;
    yield second;
    yield* slices;
  };
  const written = Readable.from(inTurns(all(), () => response.destroyed));
  try {
    if (zipped) await pipeline(written, createGzip(LEVEL), response);
    else await pipeline(written, response);
  } catch (error) {
    if (!hasLeft(error)) throw error;
  }
}

/** Who leaves before the end is nobody's fault. */
function hasLeft(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

/** Says what kind of text comes. Returns whether it is to be zipped. */
function beginText(request: Request, response: Response, contentType: string): boolean {
  response.setHeader('Content-Type', contentType);
  response.setHeader('Vary', 'Accept, Accept-Encoding');
  return acceptsGzip(request.get('accept-encoding'));
}

async function* inTurns(
  slices: Iterable<string>,
  isOver: () => boolean,
): AsyncGenerator<Buffer, void> {
  let isFirst = true;
  for (const slice of slices) {
    if (!isFirst) await nextTurn();
    if (isOver()) return;
    isFirst = false;
    yield Buffer.from(slice);
  }
}

async function partsOf(slices: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const parts: Buffer[] = [];
  for await (const slice of slices) parts.push(slice);
  return parts;
}

async function gzipped(slices: AsyncGenerator<Buffer, void>): Promise<Buffer> {
  const { value: first = Buffer.alloc(0) } = await slices.next();
  const { value: second } = await slices.next();
  if (!second && first.length < SYNC_LIMIT_BYTES) return gzipSync(first, LEVEL);
  const all = async function* () {
    yield first;
    if (second) yield second;
    yield* slices;
  };
  return pipeline(all, createGzip(LEVEL), (zipped: AsyncIterable<Buffer>) => buffer(zipped));
}

/** Sends a sentence with a status. */
export function sendSentence(response: ServerResponse, status: number, sentence: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.end(`${sentence}\n`);
}

/** Sends a sentence with a status to whoever may come again in so many seconds; infinite: nobody knows when. */
export function refuseForNow(
  response: ServerResponse,
  status: number,
  sentence: string,
  waitSeconds: number,
): void {
  if (Number.isFinite(waitSeconds)) response.setHeader('Retry-After', Math.ceil(waitSeconds));
  sendSentence(response, status, sentence);
}

/** For the methods that an endpoint which only shows something does not have. */
export const onlyGet: RequestHandler = (_request, response) => {
  response.setHeader('Allow', 'GET, HEAD');
  sendSentence(response, 405, 'This endpoint requires a GET request.');
};

/** Fires when the client has hung up before it was answered, or has to be answered now. */
export function goneSignal(response: ServerResponse, lastCall?: AbortSignal): AbortSignal {
  const gone = new AbortController();
  const end = () => gone.abort();
  lastCall?.addEventListener('abort', end);
  response.once('close', () => {
    lastCall?.removeEventListener('abort', end);
    end();
  });
  // Its close has been told already, and is not told again.
  if (lastCall?.aborted || response.destroyed) end();
  return gone.signal;
}

/** Shows text as it is, whatever a browser would make of it. */
export function sendPlainText(request: Request, response: Response, text: string): Promise<void> {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  return sendText(request, response, 'text/plain; charset=utf-8', text);
}

/** The parameters of a request, decoded once; of one that comes twice, `get` gives the first. */
export function queryOf(request: Request): URLSearchParams {
  // Not request.query: it stops after a thousand parameters, and makes lists and objects of names with brackets.
  return new URLSearchParams(/\?(?<query>[^#]*)/.exec(request.originalUrl)?.groups?.query);
}
