import { expect, test } from 'vitest';
import { probeElsewhere } from '../../support/probe-elsewhere.ts';
import { realPart } from '../../support/real-part.ts';

const hasOwnNetworks = realPart('network', ['unshare', 'ip'], { root: true });

/** A network in which packets to 10.8.0.9 are lost, and from which as many connections at once can begin as said. */
const network = (ports: number) => [
  '--net',
  'sh',
  '-c',
  `ip link set lo up && ip link add near type veth peer name away && ip link set away up &&
   ip address add 10.8.0.1/24 dev near && ip link set near up &&
   ip neigh add 10.8.0.9 lladdr 02:00:00:00:00:01 dev near &&
   ip route add unreachable 10.8.2.0/24 && ip route add prohibit 10.8.3.0/24 &&
   echo 40000 ${40_000 + ports - 1} >/proc/sys/net/ipv4/ip_local_port_range && exec "$@"`,
  'sh',
];

test.skipIf(!hasOwnNetworks)(
  'a target whose network loses, refuses or has no way for its packets fails for that',
  async () => {
    const targets = {
      '10.8.0.9:80': ['timeout', 'no result within 5s'],
      '10.8.2.1:80': ['unreachable', 'no route to 10.8.2.1:80'],
      '10.8.3.1:80': ['permission', 'this host forbids connections to 10.8.3.1:80'],
      '192.0.2.1:80': ['unreachable', 'no route to 192.0.2.1:80'],
    };
    const outcomes = await probeElsewhere(network(1000), {
      prober: 'tcp',
      targets: Object.keys(targets),
    });
    expect(outcomes.map(({ failure }) => failure)).toEqual(
      Object.values(targets).map(([reason, message]) => ({
        reason,
        message: expect.stringContaining(message ?? ''),
      })),
    );
  },
);

test.skipIf(!hasOwnNetworks)(
  'a target that this host has no port left for fails for that, and no other does',
  async () => {
    const lost = Array.from({ length: 4 }, () => '10.8.0.9:80');
    const targets = [...lost, '10.8.2.1:80'];
    const outcomes = await probeElsewhere(network(2), { prober: 'tcp', targets });
    const reasons = outcomes.map(({ failure }) => failure?.reason);
    expect(reasons.slice(0, 4).sort()).toEqual([
      ...['timeout', 'timeout'],
      ...['unreachable', 'unreachable'],
    ]);
    expect(outcomes.map(({ failure }) => failure?.message)).toContain(
      'no local address to reach 10.8.0.9:80 from',
    );
    expect(reasons[4]).toBe('unreachable');
  },
);
