import { isIP } from 'node:net';
import { ProbeFailure, type Reason } from '../failure.ts';
import type { Address, PermittedAddress } from '../shared/gate.ts';

/** One echo request to one address. */
export interface PingRequest {
  readonly address: PermittedAddress;
  /** Empty: the system chooses. */
  readonly sourceIp: string;
  readonly payloadBytes: number;
  readonly dontFragment: boolean;
  /** How many hops it may go; 0: as many as the system says. */
  readonly ttl: number;
  /** How long somebody waits for it. */
  readonly timeoutSeconds: number;
}

/** The answer, as ping tells it. What it does not tell is `undefined`. */
export interface PingReply {
  readonly hopLimit: number | undefined;
  readonly rttSeconds: number | undefined;
}

/** What a ping that has ended left behind. */
export interface PingOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** 0 answered, 1 not, 2 could not ask. */
  readonly code: number;
}

// iputils and busybox. What they append to a bad answer (truncated, wrong checksum, another address) makes it none.
const REPLY =
  /^\d+ bytes from (?<from>[\da-f.:]+)(?:%\S+)?: (?:icmp_)?seq=\d+(?: ttl=(?<ttl>\d+))?(?: time=(?<ms>\d+(?:\.\d+)?) ms)?$/im;
const WRONG_PAYLOAD = /^wrong data byte/m;

/** The answer of this address in what ping printed, or `undefined`. Answers of others do not count. */
export function parsePing(stdout: string, { ip }: Address): PingReply | undefined {
  const { from, ttl, ms } = REPLY.exec(stdout)?.groups ?? {};
  if (from === undefined || canonical(from) !== canonical(ip)) return undefined;
  if (WRONG_PAYLOAD.test(stdout)) return undefined;
  return {
    hopLimit: ttl === undefined ? undefined : Number(ttl),
    // In milliseconds with three places: shifted as text, so that no digits are added.
    rttSeconds: ms === undefined ? undefined : Number(`${ms}e-3`),
  };
}

/** One writing for each address, without its zone. */
function canonical(ip: string): string {
  const [bare = ''] = ip.split('%');
  return isIP(bare) === 6 ? new URL(`http://[${bare}]`).hostname : bare;
}

/** Says why there was no answer, out of what ping printed. */
export function pingFailure(output: PingOutput, request: PingRequest): Error {
  const { stdout, stderr, code } = output;
  const { ip } = request.address;
  const reported = reportedError(stdout);
  if (reported) return new ProbeFailure('unreachable', `no way to ${ip}: ${reported}`);
  if (EXHAUSTED.test(stderr)) return Object.assign(new Error(stderr), { code: 'ENOBUFS' });
  const [, reason, say] = OWN_ERRORS.find(([pattern]) => pattern.test(stderr)) ?? [];
  if (reason && say) return new ProbeFailure(reason, say(request));
  if (code === 0) return new ProbeFailure('protocol', `no proper answer came from ${ip}`);
  const [first = ''] = stderr.trim().split('\n');
  if (code === 1 && first === '') return new ProbeFailure('timeout', `${ip} did not answer`);
  return new ProbeFailure(
    'internal',
    `ping failed with ${code}: ${first || 'it does not say why'}`,
  );
}

// A fault of this host, as isExhaustion means it.
const EXHAUSTED = /No buffer space available|Cannot allocate memory|Too many open files/;

/** Something on the way answered in place of the target. With `-n`, iputils shows its address and no name. */
const REPORT = /^From (?<from>[\da-f.:]+)(?:%\S+)? icmp_seq=\d+ (?<what>.+)$/im;

const REPORTS: readonly (readonly [RegExp, string])[] = [
  [
    /^Time to live exceeded|^Time exceeded: Hop/,
    'the packet had made as many hops as its ttl allows',
  ],
  [/^Frag needed|^Packet too big/, 'the packet is too big to pass'],
  [/^Packet filtered|prohibited|policy|reject/i, 'the packet was refused by a filter'],
  [/^Destination Net Unreachable|No route/, 'there is no route'],
  [/^Destination Host Unreachable|Address unreachable/, 'the host is unreachable'],
  [/unreachable/i, 'it is unreachable'],
];

function reportedError(stdout: string): string | undefined {
  const { from, what = '' } = REPORT.exec(stdout)?.groups ?? {};
  if (from === undefined || isIP(from) === 0) return undefined;
  // A redirect is advice for this host; the packet went on all the same.
  if (what.startsWith('Redirect')) return undefined;
  const meaning = REPORTS.find(([pattern]) => pattern.test(what))?.[1] ?? 'the packet did not pass';
  return `${meaning}, says ${from}`;
}

type OwnError = readonly [RegExp, Reason, (request: PingRequest) => string];

// What ping says when it cannot even ask; in English by LC_ALL.
const OWN_ERRORS: readonly OwnError[] = [
  [
    /socket: (?:Operation not permitted|Permission denied)|missing cap_net_raw|are you root/i,
    'permission',
    () =>
      'ping may not open a socket here: it needs the capability cap_net_raw, or the group of the exporter ' +
      'within the sysctl net.ipv4.ping_group_range',
  ],
  [
    /send(?:msg|to): Operation not permitted/,
    'permission',
    ({ address }) => `a firewall on this host forbids pings to ${address.ip}`,
  ],
  [
    /Do you want to ping broadcast|connect: Permission denied/i,
    'permission',
    ({ address }) => `${address.ip} is a broadcast address, or a firewall on this host forbids it`,
  ],
  [
    /Cannot assign requested address|Address not available/i,
    'unreachable',
    ({ address, sourceIp }) =>
      `no local address to reach ${address.ip} from${sourceIp ? ` (source ${sourceIp})` : ''}`,
  ],
  [
    /message too long/i,
    'unreachable',
    ({ address, payloadBytes }) =>
      `a packet of ${payloadBytes} bytes is too big for the way to ${address.ip}`,
  ],
  [
    /(?:Network|Host)(?: is)? unreachable|No route to host/i,
    'unreachable',
    ({ address }) => `no route to ${address.ip}`,
  ],
  [
    /not supported by protocol/i,
    'unreachable',
    ({ address }) => `this host does not speak IPv${address.family}`,
  ],
  [
    /Name or service not known|bad address/,
    'unreachable',
    ({ address }) => `this host knows no such network zone: ${address.ip}`,
  ],
  [
    /(?:invalid|unrecognized|illegal) option/,
    'unsupported',
    ({ dontFragment }) =>
      `the ping of this host does not know ${dontFragment ? 'dont_fragment' : 'the options needed'}`,
  ],
];
