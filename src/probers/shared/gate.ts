import { ProbeFailure } from '../failure.ts';

/** One address of a host: the only one a probe will try. */
export interface Address {
  readonly ip: string;
  readonly family: 4 | 6;
}

/** A place on the network that a probe is about to reach. */
export interface Place {
  /** What it is to the probe. Proxies and token endpoints are named by the configuration, not by who asks for the probe. */
  readonly role: 'target' | 'redirect' | 'proxy' | 'token endpoint';
  /** In lower case: `https`, `tcp`, `icmp`, … */
  readonly scheme: Scheme;
  /** A name, or an address without brackets. */
  readonly host: string;
  /** 0 where the protocol has none. */
  readonly port: number;
}

/** What probers speak, as a policy names it. */
export const SCHEMES = [
  'http',
  'https',
  'ws',
  'wss',
  'tcp',
  'grpc',
  'dns',
  'icmp',
  'unix',
  'socks5',
] as const;

/** One of {@link SCHEMES}. */
export type Scheme = (typeof SCHEMES)[number];

/** The address of a place, or why there is none to judge by. */
export type Whereabouts = Address | 'not looked up yet' | 'looked up by a proxy';

/** Decides what a probe may reach. */
export interface Gate {
  /**
   * Asked of every place before its name is looked up, and again when its address is known.
   *
   * @returns why the place may not be reached, as a sentence without its host; `undefined` where it may.
   */
  readonly refusal: (place: Place, whereabouts: Whereabouts) => string | undefined;
}

/** The gate of the operator's own checks: they reach what they name. */
export const OPEN_GATE: Gate = { refusal: () => undefined };

/** @throws {ProbeFailure} `policy` where the gate refuses. */
export function assertPermitted(gate: Gate, place: Place, whereabouts: Whereabouts): void {
  const refusal = gate.refusal(place, whereabouts);
  if (refusal !== undefined) throw new ProbeFailure('policy', refusal);
}

/** An address, and a port of it, that a gate has let through. Nothing else can be dialled; nothing but the gate makes it. */
export class PermittedAddress implements Address {
  /** Keeps everything else from passing for it. */
  declare private readonly permitted: never;
  readonly ip: string;
  readonly family: 4 | 6;
  /** 0 where the protocol has none. */
  readonly port: number;

  private constructor({ ip, family }: Address, port: number) {
    this.ip = ip;
    this.family = family;
    this.port = port;
  }

  /** @throws {ProbeFailure} `policy` where the gate refuses. */
  static of(address: Address, place: Place, gate: Gate): PermittedAddress {
    assertPermitted(gate, place, address);
    return new PermittedAddress(address, place.port);
  }
}

/** The path of a unix socket that a gate has let through, as {@link PermittedAddress}. */
export class PermittedPath {
  declare private readonly permitted: never;
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** @throws {ProbeFailure} `policy` where the gate refuses. */
  static of(path: string, gate: Gate): PermittedPath {
    const place = { role: 'target', scheme: 'unix', host: path, port: 0 } as const;
    assertPermitted(gate, place, 'not looked up yet');
    return new PermittedPath(path);
  }
}
