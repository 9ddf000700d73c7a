import type { Identity } from './certificates.ts';
import {
  DRIPPING,
  ENDINGS,
  type Ended,
  type Ending,
  meet,
  meetAcrossNetwork,
  meetByPing,
  meetOverUdp,
  SILENT,
  withAnotherId,
} from './ending-peers.ts';
import { WAYS, type Way } from './ending-ways.ts';
import { hasNetworks } from './network.ts';
import { realPart } from './real-part.ts';

/** One prober against one peer. */
export interface Case {
  readonly title: string;
  readonly prober: string;
  readonly ending: Ending;
  /** @param identity what the peer shows where it speaks TLS. */
  readonly run: (identity: Identity) => Promise<Ended>;
}

const hasPing = realPart('ping', ['ping']) && hasNetworks;

/** Every way in which a probe waits, with every ending of it. */
export const CASES: readonly Case[] = [
  ...Object.entries(WAYS).flatMap(([name, way]) => casesOf(name, way)),
  {
    title: 'dns over UDP: a peer that is silent',
    prober: 'dns',
    ending: SILENT,
    run: () => meetOverUdp(SILENT, () => undefined),
  },
  {
    title: 'dns over UDP: a peer that answers something else each second',
    prober: 'dns',
    ending: DRIPPING,
    run: () => meetOverUdp(DRIPPING, withAnotherId),
  },
  {
    title: 'icmp: a ping that prints a byte a second and does not want to end',
    prober: 'icmp',
    ending: DRIPPING,
    run: () => meetByPing(DRIPPING, "trap '' TERM INT HUP; while :; do printf .; sleep 1; done"),
  },
  ...(hasPing
    ? [
        {
          title: 'icmp: a host that is silent',
          prober: 'icmp',
          ending: SILENT,
          run: () => meetAcrossNetwork(SILENT),
        },
      ]
    : []),
];

function casesOf(name: string, way: Way): Case[] {
  return Object.entries(way.stages).flatMap(([where, stage]) =>
    Object.entries(ENDINGS).map(([what, ending]) => ({
      title: `${name}: a peer that ${where} ${what}`,
      prober: way.prober,
      ending,
      run: (identity: Identity) => meet(way, stage, ending, identity),
    })),
  );
}
