import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { z } from 'zod';
import { secondsSince } from '../../lib/elapsed.ts';
import { LimitedCache } from '../../lib/limited-cache.ts';
import type { Emit, MetricDeclarations, ProbeContext } from '../contract.ts';
import { errorCode, ProbeFailure } from '../failure.ts';
import {
  type Address,
  assertPermitted,
  type Gate,
  OPEN_GATE,
  PermittedAddress,
  type Place,
} from './gate.ts';
import { inTurn } from './held-up.ts';
import { joinCalls } from './joined-calls.ts';
import { boolean, emptyAs } from './options.ts';
import { schemaHints } from './schema-hints.ts';
import { threads } from './threads.ts';

/** Declared alike by every prober that connects: which of a host's addresses to take, as blackbox_exporter has it. */
export const addressOptions = {
  preferred_ip_protocol: emptyAs(undefined, z.enum(['ip4', 'ip6']).optional())
    .optional()
    .describe(
      'The IP version to prefer where a host has addresses of both. Absent: the first address, in the order the resolver gives them.',
    ),
  ip_protocol_fallback: boolean()
    .default(true)
    .describe(
      'Whether an address of the other IP version will do where the preferred one has none.',
    ),
};

/** Declared alike by every prober that can choose where it sends from. */
export const sourceAddressOption = {
  source_ip_address: z
    .string()
    .refine((text) => text === '' || isIP(text) !== 0, { error: 'expected an IP address' })
    .register(schemaHints, { pattern: '^(?:[\\d.]+|.*:.*|)$' })
    .default('')
    .describe('The local address to connect from. Empty: the system chooses.'),
};

/** blackbox_exporter's default for {@link addressOptions}, which its users' `/probe` keeps. */
export const addressProbeDefaults = { preferred_ip_protocol: 'ip6' } as const;

/** Declared alike by every prober that connects; see {@link findAddress}. */
export const addressMetrics = {
  probe_dns_lookup_time_seconds: {
    help: 'Time the probe waited for the address of the target; next to nothing where another probe had just found it.',
  },
  probe_ip_protocol: { help: 'IP version the probe used, 4 or 6.', unreached: 0 },
  probe_ip_addr_hash: {
    help: 'FNV-1a hash of the address the probe used: a change shows that the address changed.',
    unreached: 0,
  },
} as const satisfies MetricDeclarations;

interface Preference {
  readonly preferred_ip_protocol?: 'ip4' | 'ip6' | undefined;
  readonly ip_protocol_fallback: boolean;
}

interface Resolving {
  readonly options: Preference;
  readonly gate: Gate;
  readonly signal: AbortSignal;
}

/**
 * Finds the one address to probe. The gate judges that address and no other, so that a name which changes its address
 * between two lookups gains nothing.
 *
 * @throws {ProbeFailure} `dns` where there is none, `policy` where the gate refuses.
 */
export async function resolve(
  place: Place,
  { options, gate, signal }: Resolving,
): Promise<PermittedAddress> {
  const { host } = place;
  const literal = literalAddress(host);
  if (literal) return PermittedAddress.of(choose(host, [literal], options), place, gate);
  assertPermitted(gate, place, 'not looked up yet');
  const address = choose(host, await lookUp(host, { gate, signal }), options);
  return PermittedAddress.of(address, place, gate);
}

interface Finding extends Resolving {
  readonly emit: Emit<typeof addressMetrics>;
  readonly log: ProbeContext<unknown, never>['log'];
}

/**
 * Finds the one address to probe, and emits which; how long that took also where there is none.
 *
 * @throws {ProbeFailure} `dns` where there is none, `policy` where the gate refuses.
 */
export async function findAddress(place: Place, finding: Finding): Promise<PermittedAddress> {
  const { emit, log } = finding;
  const startedAt = performance.now();
  try {
    const address = await resolve(place, finding);
    log('found the address', { ip: address.ip });
    emit('probe_ip_protocol', address.family);
    emit('probe_ip_addr_hash', addressHash(address));
    return address;
  } finally {
    emit('probe_dns_lookup_time_seconds', secondsSince(startedAt));
  }
}

/**
 * Refuses a source address that the target's address cannot be reached from: one of the other IP version.
 *
 * @throws {ProbeFailure} `unreachable`.
 */
export function assertSameVersion({ ip, family }: Address, sourceIp: string): void {
  if (sourceIp === '' || isIP(sourceIp) === family) return;
  throw new ProbeFailure(
    'unreachable',
    `${ip} is an IPv${family} address, it cannot be reached from the source_ip_address ${sourceIp}`,
  );
}

/** FNV-1a, 32 bits, over the 4 or 16 bytes of the address, as blackbox_exporter has it. */
export function addressHash(address: Address): number {
  let hash = 0x811c9dc5;
  for (const byte of addressBytes(address)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** The 4 or 16 bytes of an address, as they stand on the wire. */
export function addressBytes({ ip, family }: Address): number[] {
  return family === 4 ? ip.split('.').map(Number) : ipv6Bytes(ip);
}

const MAPPED_PREFIX = Buffer.from('00000000000000000000ffff', 'hex');

/** The 4 or 16 bytes of an address as text, as Go prints it: IPv6 in its shortest form, `::ffff:192.0.2.1` so. */
export function addressText(bytes: Uint8Array | readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.');
  const buffer = Buffer.from(bytes);
  if (buffer.subarray(0, 12).equals(MAPPED_PREFIX))
    return `::ffff:${buffer.subarray(12).join('.')}`;
  const groups = (buffer.toString('hex').match(/.{4}/g) ?? []).join(':');
  return new URL(`http://[${groups}]`).hostname.slice(1, -1);
}

/** Host and port as one text, with brackets where the host is an IPv6 address. */
export function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

const MAPPED_IPV4 = /^::ffff:(?<v4>\d+\.\d+\.\d+\.\d+)$/i;

/**
 * The address that a host is, where it is no name. An IPv4 address in IPv6 form (`::ffff:192.0.2.1`) is reached over
 * IPv4.
 */
export function literalAddress(host: string): Address | undefined {
  if (isIP(host) === 0) return undefined;
  const ip = MAPPED_IPV4.exec(host)?.groups?.v4 ?? host;
  return { ip, family: isIP(ip) === 6 ? 6 : 4 };
}

/**
 * Asks the gate for what can be known of a place before a probe does anything at all, as to read its secrets.
 *
 * @throws {ProbeFailure} `policy` where the gate refuses.
 */
export function approach(place: Place, gate: Gate): void {
  assertPermitted(gate, place, literalAddress(place.host) ?? 'not looked up yet');
}

function choose(host: string, addresses: readonly Address[], preference: Preference): Address {
  const { preferred_ip_protocol: preferred, ip_protocol_fallback: fallback } = preference;
  const wanted = preferred && (preferred === 'ip4' ? 4 : 6);
  const match = addresses.find(({ family }) => wanted === undefined || family === wanted);
  // The last one seen, as blackbox_exporter has it.
  const chosen = match ?? (fallback ? addresses.at(-1) : undefined);
  if (chosen) return chosen;
  if (addresses.length === 0) throw new ProbeFailure('dns', `${host} has no address`);
  throw new ProbeFailure(
    'dns',
    `${host} has no IPv${wanted} address, and ip_protocol_fallback is false`,
  );
}

/**
 * How long an answer of the resolver serves other probes: long enough for most scrapes, of which the first probe of a
 * host may be over before the next one starts, and so short that the next scrape asks anew. To keep answers for longer
 * is the system resolver's work.
 */
export const ADDRESSES_GOOD_FOR_SECONDS = 0.5;

// getaddrinfo occupies a thread of a small pool and cannot be cancelled, so a hundred checks of one host must not
// ask a hundred times.
const joinLookups = (isSlow: (host: string) => boolean) =>
  joinCalls(
    (host, signal) =>
      inTurn(threads.names, () => askResolver(host), { signal, isSlow: isSlow(host) }),
    ADDRESSES_GOOD_FOR_SECONDS,
  );

const lookUpForChecks = joinLookups((host) => slowNames.find(host) ?? false);
// Names that anybody may ask for never take the last threads: those are for the checks. Nor do checks join in, for they
// would wait in that line.
const lookUpForProbes = joinLookups(() => true);

/** A resolver that knows the name, or knows that nobody does, takes milliseconds; one that gets no answer seconds. */
const SLOW_SECONDS = 1;
const slowNames = new LimitedCache<string, boolean>(10_000);

async function lookUp(
  host: string,
  { gate, signal }: Pick<Resolving, 'gate' | 'signal'>,
): Promise<readonly Address[]> {
  signal.throwIfAborted();
  return gate === OPEN_GATE ? lookUpForChecks(host, signal) : lookUpForProbes(host, signal);
}

async function askResolver(host: string): Promise<readonly Address[]> {
  const startedAt = performance.now();
  try {
    return (await lookup(host, { all: true, order: 'verbatim' })).map(toAddress);
  } catch (error) {
    throw dnsFailure(host, error);
  } finally {
    const isSlow = secondsSince(startedAt) > SLOW_SECONDS;
    if (isSlow || slowNames.find(host)) slowNames.set(host, isSlow);
  }
}

function toAddress({ address, family }: LookupAddress): Address {
  return { ip: address, family: family === 6 ? 6 : 4 };
}

const DNS_SENTENCES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'is not known to the resolver',
  EAI_AGAIN: 'could not be looked up: the resolver does not answer',
};

function dnsFailure(host: string, error: unknown): ProbeFailure {
  const code = errorCode(error);
  const what = DNS_SENTENCES[code] ?? `could not be looked up: ${code || 'unknown error'}`;
  return new ProbeFailure('dns', `${host} ${what}`, { cause: error });
}

function ipv6Bytes(ip: string): number[] {
  const [bare = ''] = ip.split('%');
  // The URL parser writes an IPv4 tail in hexadecimal, so that only groups are left.
  const text = new URL(`http://[${bare}]/`).hostname.slice(1, -1);
  const [head = '', tail] = text.split('::');
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const zeros = new Array<number>(8 - left.length - right.length).fill(0);
  return [...left, ...zeros, ...right].flatMap((group) => [group >> 8, group & 255]);
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
