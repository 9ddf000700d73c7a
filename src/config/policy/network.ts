import { isIP } from 'node:net';
import { addressBytes, addressText } from '../../probers/shared/address.ts';
import type { Address } from '../../probers/shared/gate.ts';

/** A range of addresses of one IP version. */
export interface Network {
  /** The 4 or 16 bytes of its first address. */
  readonly bytes: readonly number[];
  /** How many bits all its addresses have in common. */
  readonly bits: number;
  /** As it was written: `10.0.0.0/8`. */
  readonly text: string;
}

const CIDR = /^(?<ip>[^/]+)(?:\/(?<bits>\d{1,3}))?$/;

/**
 * Reads a network (`10.0.0.0/8`, `fd00::/8`) or a single address.
 *
 * @returns `undefined` where the text is neither; a text that says what was expected where it is nearly one.
 */
export function parseNetwork(text: string): Network | string | undefined {
  const { ip = '', bits: digits } = CIDR.exec(text)?.groups ?? {};
  const address = addressOf(ip);
  if (!address || ip.includes('%')) return undefined;
  const bytes = addressBytes(address);
  const whole = bytes.length * 8;
  const bits = digits === undefined ? whole : Number(digits);
  if (bits > whole) return `expected a prefix of at most /${whole}`;
  const first = bytes.map((byte, index) => byte & maskOf(bits, index));
  if (first.some((byte, index) => byte !== bytes[index])) {
    return `expected a network without bits behind its prefix, such as ${addressText(first)}/${bits}`;
  }
  return asIpv4({ bytes: first, bits, text });
}

/** Whether an address, as its bytes, lies in a network. Those of the other IP version do not. */
export function contains(network: Network, address: readonly number[]): boolean {
  const { bytes, bits } = network;
  if (bytes.length !== address.length) return false;
  for (let index = 0; index * 8 < bits; index++) {
    if (((address[index] ?? 0) & maskOf(bits, index)) ^ (bytes[index] ?? 0)) return false;
  }
  return true;
}

/** Whether all of one network lies in another, or is it. */
export function isWithin(inner: Network, outer: Network): boolean {
  return inner.bits >= outer.bits && contains(outer, inner.bytes);
}

/** The bits of one byte that belong to a prefix. */
function maskOf(bits: number, index: number): number {
  const left = Math.max(0, Math.min(8, bits - index * 8));
  return (0xff << (8 - left)) & 0xff;
}

function addressOf(ip: string): Address | undefined {
  const family = isIP(ip);
  return family === 4 || family === 6 ? { ip, family } : undefined;
}

const MAPPED_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** IPv4 addresses in IPv6 form are compared as what they stand for. */
function asIpv4(network: Network): Network {
  const { bytes, bits, text } = network;
  // Bits behind the prefix are zero: a shorter one has not all of these.
  const isMapped = MAPPED_PREFIX.every((byte, index) => bytes[index] === byte);
  return bytes.length === 16 && isMapped
    ? { bytes: bytes.slice(12), bits: bits - 96, text }
    : network;
}
