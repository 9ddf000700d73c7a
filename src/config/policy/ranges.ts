import { type Network, parseNetwork } from './network.ts';

/** The ranges that have a name, and their networks. Where they come from: docs/probe-policy.md. */
const WRITTEN = {
  loopback: ['127.0.0.0/8', '::1/128', '0.0.0.0/8', '::/128'],
  private: [
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '100.64.0.0/10',
    'fc00::/7',
    'fec0::/10',
  ],
  'link-local': ['169.254.0.0/16', 'fe80::/10'],
  'cloud-metadata': [
    '169.254.169.254/32',
    '169.254.170.2/32',
    '169.254.170.23/32',
    '169.254.0.23/32',
    '169.254.10.10/32',
    '169.254.42.42/32',
    'fe80::a9fe:a9fe/128',
    '100.100.100.200/32',
    '168.63.129.16/32',
    '192.0.0.192/32',
    'fd00:ec2::254/128',
    'fd00:ec2::23/128',
    'fd20:ce::254/128',
    'fd00:c1::a9fe:a9fe/128',
    'fd00:100::100:200/128',
    'fd00:42::42/128',
    'fd00:a9fe:a9fe::1/128',
  ],
  unspecified: ['0.0.0.0/8', '::/128'],
  multicast: ['224.0.0.0/4', 'ff00::/8'],
  reserved: [
    '192.0.0.0/24',
    '192.0.2.0/24',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '240.0.0.0/4',
    '100::/64',
    '2001:db8::/32',
    '3fff::/20',
  ],
} as const;

/** A range that has a name. */
export type RangeName = keyof typeof WRITTEN;

/** Networks that are written as one word, or as themselves. */
export interface Range {
  /** `loopback`, `10.0.0.0/8`. */
  readonly text: string;
  readonly networks: readonly Network[];
}

/** All ranges by name. */
export const RANGES: ReadonlyMap<string, Range> = new Map(
  Object.entries(WRITTEN).map(([text, networks]) => [
    text,
    { text, networks: networks.map(network) },
  ]),
);

/** What is refused unless it is allowed by name: no check of the health of something else needs it. */
export const ALWAYS_DENIED: readonly Range[] = (['cloud-metadata', 'link-local'] as const).map(
  range,
);

function range(name: RangeName): Range {
  return { text: name, networks: WRITTEN[name].map(network) };
}

function network(text: string): Network {
  const parsed = parseNetwork(text);
  if (typeof parsed !== 'object') throw new Error(`${text} is no network`);
  return parsed;
}
