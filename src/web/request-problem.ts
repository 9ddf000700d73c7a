import type { IncomingMessage } from 'node:http';
import type { RefusalCause } from '../metrics/self.ts';
import type { ServerLimits } from './limits.ts';

/** Why a request is refused before anybody looks at what it asks for. */
export interface RequestRefusal {
  readonly cause: RefusalCause;
  readonly status: number;
  readonly sentence: string;
}

/** What is wrong with a request whose headers were read, or `undefined`. */
export function requestRefusal(
  { httpVersion, url = '', headers, headersDistinct, rawHeaders }: IncomingMessage,
  { urlLength, headerLines }: ServerLimits,
): RequestRefusal | undefined {
  if (httpVersion === '0.9') {
    return malformed('HTTP/0.9 is not spoken here, expected HTTP/1.1');
  }
  if (url.length > urlLength) return tooLong(urlLength);
  if (rawHeaders.length / 2 > headerLines) {
    const sentence = `the request has more than ${headerLines} header lines`;
    return { cause: 'headers', status: 431, sentence };
  }
  const hosts = headersDistinct.host?.length ?? 0;
  if (hosts > 1 || (hosts === 0 && httpVersion !== '1.0')) {
    return malformed(`Host header: expected one host, got ${hosts}`);
  }
  if (!isTarget(url)) return malformed('the request line holds no URL');
  // 0 is what clients send with a POST that carries nothing.
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0) {
    const sentence = 'no endpoint takes a request with a body';
    return { cause: 'body', status: 413, sentence };
  }
  return undefined;
}

/** What is wrong with bytes that are no request, or with one that did not arrive. `undefined`: the client is gone. */
export function streamRefusal(
  { code = '', rawPacket }: NodeJS.ErrnoException & { rawPacket?: Buffer },
  bytesRead: number,
  { urlLength, headersMs, requestMs, headerBytes }: ServerLimits,
): RequestRefusal | undefined {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const sentence = `the request did not arrive in time: its headers within ${headersMs / 1000} s, all of it within ${requestMs / 1000} s`;
    return { cause: 'timeout', status: 408, sentence };
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    // Of a request in several packets only the last one is here, and what overflowed is not known.
    const isFirst = rawPacket?.length === bytesRead;
    if (isFirst && !rawPacket.subarray(0, headerBytes).includes('\n')) return tooLong(urlLength);
    const sentence = `the request line and the headers are longer than ${headerBytes} bytes`;
    return { cause: 'headers', status: 431, sentence };
  }
  if (!code.startsWith('HPE_')) return undefined;
  return malformed(
    rawPacket?.[0] === TLS_HANDSHAKE
      ? 'this port speaks HTTP, the client began to speak TLS: use http:// in place of https://'
      : 'this is no HTTP request',
  );
}

/** The byte that whoever speaks TLS begins with: that of a record which holds a handshake (RFC 8446, 5.1). */
export const TLS_HANDSHAKE = 0x16;

function malformed(sentence: string): RequestRefusal {
  return { cause: 'malformed', status: 400, sentence };
}

function tooLong(urlLength: number): RequestRefusal {
  const sentence = `the URL is longer than ${urlLength} characters`;
  return { cause: 'url', status: 414, sentence };
}

/** A path, `*`, or a whole URL as clients send it to proxies. */
function isTarget(url: string): boolean {
  return url.startsWith('/') || url === '*' || URL.canParse(url);
}
