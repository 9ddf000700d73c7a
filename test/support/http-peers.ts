import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { httpServer, type TestServer } from './servers.ts';

/** Where a server of a test is. */
export function urlOf(server: TestServer, path = '/'): string {
  return `http://127.0.0.1:${server.port}${path}`;
}

/** Answers every request with a 200. */
export function ok(_request: IncomingMessage, response: ServerResponse): void {
  response.end('ok');
}

/** A peer that decides every byte. */
export type Talk = (socket: Socket) => void;

/** Answers every request with these bytes, whatever it says. */
export function raw(...parts: (string | Buffer)[]): Talk {
  return (socket) => {
    socket.once('data', () => {
      for (const part of parts) socket.write(part);
      socket.end();
    });
  };
}

/** A request as it arrived. */
export interface RecordedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers `ok` and keeps the requests with their bodies. */
export async function recorder(): Promise<{ server: TestServer; requests: RecordedRequest[] }> {
  const requests: RecordedRequest[] = [];
  const server = await httpServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url = '', headers } = request;
    requests.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
    response.end('ok');
  });
  return { server, requests };
}
