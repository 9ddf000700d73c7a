import type { Authority, Identity } from './certificates.ts';
import { http2Server, type TestServer } from './servers.ts';

/** How a server answers a request over HTTP/2. */
export type Http2Answer = Parameters<typeof http2Server>[1];

/** The URL of a server that is spoken to over TLS. */
export function at({ port }: TestServer, path = '/'): string {
  return `https://localhost:${port}${path}`;
}

/** Answers every request with a 200 and a body of five bytes. */
export const hello: Http2Answer = (stream) => {
  stream.respond({ ':status': 200, 'content-length': 5 });
  stream.end('hello');
};

/** Servers with a certificate of an authority, and the options that trust it. */
export function http2Peers(authority: () => Authority) {
  const localhost = (): Identity => authority().issue({ names: 'DNS:localhost' });
  return {
    localhost,
    trusted: () => ({ tls_config: { ca_file: authority().certFile } }),
    serving: (answer: Http2Answer) => http2Server(localhost(), answer),
  };
}
