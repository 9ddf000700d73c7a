import { createServer as createHttp, type IncomingMessage, request } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Identity } from './certificates.ts';
import { startServer, type TestServer } from './servers.ts';

/** What a proxy was asked for. */
export interface ProxiedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

/** A forward proxy that does as it is told, and keeps what it was asked for. */
export interface TestProxy extends TestServer {
  readonly requests: readonly ProxiedRequest[];
}

/** The `proxy_url` of a server. `userinfo` ends with `@`. */
export function via({ port }: TestServer, userinfo = ''): string {
  return `http://${userinfo}127.0.0.1:${port}`;
}

/** Leaves the lookup of the target to the proxy. */
export const SKIP_RESOLVE = { skip_resolve_phase_with_proxy: true };

/**
 * @param identity its certificate, where it is spoken to over TLS.
 * @param port where everything is really sent to: that of the one server of the test.
 */
export async function proxyServer({
  identity,
  port,
}: {
  identity?: Identity;
  port?: number;
} = {}): Promise<TestProxy> {
  const requests: ProxiedRequest[] = [];
  const keep = ({ method = '', url = '', headers }: IncomingMessage) =>
    requests.push({ method, url, headers });
  const server = identity ? createHttps(identity) : createHttp();
  server.on('request', (incoming, answer) => {
    keep(incoming);
    const url = new URL(incoming.url ?? '');
    const { 'proxy-authorization': _, ...headers } = incoming.headers;
    const { method } = incoming;
    const options = {
      host: '127.0.0.1',
      port: port ?? url.port,
      path: url.pathname,
      method,
      headers,
    };
    const onward = request(options, (response) => {
      answer.writeHead(response.statusCode ?? 0, response.headers);
      response.pipe(answer);
    });
    onward.on('error', () => answer.writeHead(502).end());
    incoming.pipe(onward);
  });
  server.on('connect', (incoming: IncomingMessage, client: Duplex, head: Buffer) => {
    keep(incoming);
    const asked = Number(incoming.url?.split(':').at(-1));
    const onward = connect({ host: '127.0.0.1', port: port ?? asked }, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.write(head);
      onward.pipe(client).pipe(onward);
    });
    onward.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.on('error', () => onward.destroy()).on('close', () => onward.destroy());
  });
  return { ...(await startServer(server)), requests };
}
