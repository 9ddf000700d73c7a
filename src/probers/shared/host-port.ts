import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

/** A target that is a host and perhaps a port. */
export interface HostPort {
  /** A name in ASCII, or an address without brackets. */
  readonly host: string;
  readonly port: number | undefined;
}

const HOST_PORT = /^(?:\[(?<v6>[^[\]]+)\]|(?<host>[^:[\]\s/\\?#@%]+))(?::(?<port>\d+))?$/;

/** What is wrong with a target that is of no such form. */
export const NO_HOST_PORT =
  'is not host or host:port (an IPv6 address with a port goes in brackets)';

/**
 * Reads `host`, `host:port`, `[IPv6]`, `[IPv6]:port`, and a bare IPv6 address.
 *
 * @returns what is wrong with it, as the end of the sentence `target: "x" …`, where it is none of these.
 */
export function parseHostPort(text: string): HostPort | string {
  const target = text.trim();
  if (isIP(target) === 6) return { host: target, port: undefined };
  const parts = HOST_PORT.exec(target)?.groups;
  if (!parts) return NO_HOST_PORT;
  const { v6, host = '', port: digits } = parts;
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && (port < 1 || port > 65_535)) {
    return 'has a bad port, expected 1 to 65535';
  }
  if (v6 !== undefined) {
    return isIP(v6) === 6 ? { host: v6, port } : 'has no IPv6 address in brackets';
  }
  const ascii = domainToASCII(host);
  return ascii === '' ? 'has no valid host name' : { host: ascii, port };
}
