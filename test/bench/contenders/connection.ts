import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { AnswerParser, type HttpAnswer } from './answer-parser.ts';

/** A connection that is kept open, for one request after the other. */
export interface KeptConnection extends Disposable {
  readonly ask: (request: string) => Promise<HttpAnswer>;
}

/**
 * Opens a connection to a server on the loopback interface. Not node:http: it costs as much per request as what it is
 * to measure, on the same cores.
 */
export async function openConnection(port: number): Promise<KeptConnection> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  return {
    ask: (request) => exchange(socket, request),
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

function exchange(socket: Socket, request: string): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const parser = new AnswerParser();
    const leave = () => socket.off('data', read).off('error', fail).off('close', closed);
    const read = (bytes: Buffer) => {
      const answer = parser.push(bytes);
      if (!answer) return;
      leave();
      resolve(answer);
    };
    const fail = (error: Error) => {
      leave();
      reject(error);
    };
    const closed = () => fail(new Error('the connection was closed before the answer was whole'));
    socket.on('data', read).on('error', fail).on('close', closed);
    if (socket.destroyed) closed();
    else socket.write(request);
  });
}

/** A request as Prometheus sends it. */
export function scrapeRequest(path: string, port: number, timeoutSeconds: number): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'User-Agent: Prometheus/3.5.0',
    'Accept: application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.4',
    'Accept-Encoding: gzip',
    `X-Prometheus-Scrape-Timeout-Seconds: ${timeoutSeconds}`,
    '\r\n',
  ].join('\r\n');
}
