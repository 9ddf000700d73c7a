import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { freePort, type Loopback, loopback, tcpLoopback } from '../../support/loopback.ts';

/** A web server that answers as its path says, and peers that do not answer as web servers do. */
export interface HttpPlayground extends AsyncDisposable {
  /** `127.0.0.1:port` */
  readonly host: string;
  readonly silent: string;
  readonly banner: string;
  readonly closed: string;
}

export async function startHttpPlayground(): Promise<HttpPlayground> {
  await using stack = new AsyncDisposableStack();
  const hostOf = ({ port }: Loopback) => `127.0.0.1:${port}`;
  const web = stack.use(await loopback(createServer(answer)));
  const silent = stack.use(await tcpLoopback());
  const banner = stack.use(await tcpLoopback('SSH-2.0-OpenSSH_9.2\r\n'));
  const closed = `127.0.0.1:${await freePort()}`;
  const started = stack.move();
  return {
    host: hostOf(web),
    silent: hostOf(silent),
    banner: hostOf(banner),
    closed,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

type Route = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

const TEXT = 'Hello, this is a page with some text in it.\n';

const ENCODERS = {
  gzip: gzipSync,
  br: brotliCompressSync,
  deflate: deflateRawSync,
  zlib: deflateSync,
  none: (text: Buffer) => text,
} as const;

const ROUTES: Readonly<Record<string, Route>> = {
  status: (_request, response, url) => {
    response.statusCode = Number(url.pathname.split('/')[2]);
    response.end(response.statusCode === 204 || response.statusCode === 304 ? undefined : TEXT);
  },
  text: (_request, response, url) => response.end(url.searchParams.get('is') ?? TEXT),
  bytes: (_request, response, url) => {
    response.end(Buffer.from(url.searchParams.get('hex') ?? '', 'hex'));
  },
  large: (_request, response, url) => {
    response.end('x'.repeat(Number(url.searchParams.get('length'))));
  },
  // Two mebibytes, and a word behind them.
  behind: (_request, response, url) => {
    response.end('x'.repeat(2 * 1024 * 1024) + (url.searchParams.get('is') ?? ''));
  },
  chunked: (_request, response) => {
    response.write(TEXT);
    response.end(TEXT);
  },
  truncated: (_request, response) => {
    response.setHeader('content-length', 1000);
    response.write(TEXT);
    setTimeout(() => response.destroy(), 20);
  },
  encoded: (_request, response, url) => {
    const coding = (url.pathname.split('/')[2] ?? 'none') as keyof typeof ENCODERS;
    const said = url.searchParams.get('says') ?? (coding === 'zlib' ? 'deflate' : coding);
    if (said !== 'none') response.setHeader('content-encoding', said);
    const body = ENCODERS[coding](
      Buffer.from(TEXT.repeat(Number(url.searchParams.get('times') ?? 1))),
    );
    response.setHeader('content-length', body.length);
    response.end(body);
  },
  redirect: (_request, response, url) => {
    const left = Number(url.pathname.split('/')[2]);
    response.statusCode = Number(url.searchParams.get('status') ?? 302);
    const next =
      left > 1 ? `/redirect/${left - 1}${url.search}` : (url.searchParams.get('to') ?? '/text');
    response.setHeader('location', next);
    response.end(TEXT);
  },
  location: (_request, response, url) => {
    response.statusCode = 302;
    const to = url.searchParams.get('to');
    if (to !== null) response.setHeader('location', to);
    response.end();
  },
  header: (_request, response, url) => {
    for (const name of new Set(url.searchParams.keys())) {
      response.setHeader(name, url.searchParams.getAll(name));
    }
    response.end(TEXT);
  },
  // 200 only where the request is as the query says.
  needs: (request, response, url) => {
    const wrong = [...url.searchParams].some(([name, value]) =>
      name === 'method' ? request.method !== value : (request.headers[name] ?? '') !== value,
    );
    response.statusCode = wrong ? 412 : 200;
    response.end();
  },
  body: async (request, response, url) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    response.statusCode =
      Buffer.concat(parts).toString() === url.searchParams.get('is') ? 200 : 412;
    response.end();
  },
  'set-cookie': (_request, response, url) => {
    response.statusCode = 302;
    response.setHeader('set-cookie', url.searchParams.getAll('cookie'));
    response.setHeader(
      'location',
      `/needs?cookie=${encodeURIComponent(url.searchParams.get('then') ?? '')}`,
    );
    response.end();
  },
  json: (_request, response, url) => {
    response.setHeader('content-type', 'application/json');
    response.end(url.searchParams.get('is') ?? '{"a":1}');
  },
  silent: () => {},
  half: (_request, response) => {
    response.setHeader('content-length', 1000);
    response.write(TEXT);
  },
};

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://playground');
  const route = ROUTES[url.pathname.split('/')[1] ?? ''];
  if (route) return void route(request, response, url);
  response.end(TEXT);
}
