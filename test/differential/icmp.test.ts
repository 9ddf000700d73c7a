import { realPart } from '../support/real-part.ts';
import { differential, type Scenario } from './support/suite.ts';

realPart('ping', ['ping']);

type IcmpScenario = Scenario<AsyncDisposable>;

const icmp = (title: string, target: string, options: Readonly<Record<string, unknown>> = {}) =>
  ({
    title,
    module: { prober: 'icmp', timeout: '1s', icmp: { preferred_ip_protocol: 'ip4', ...options } },
    target: () => target,
  }) satisfies IcmpScenario;

differential('icmp', {
  playground: async () => new AsyncDisposableStack(),
  scenarios: [
    icmp('an address', '127.0.0.1'),
    icmp('a name', 'localhost'),
    icmp('another address of this host', '127.9.8.7'),
    icmp('a size', '127.0.0.1', { payload_size: 1000 }),
    icmp('a time to live', '127.0.0.1', { ttl: 5 }),
    icmp('a packet that may not be fragmented', '127.0.0.1', { dont_fragment: true }),
    icmp('a source address', '127.0.0.1', { source_ip_address: '127.0.0.3' }),
    icmp('a name that does not exist', 'does-not-exist.invalid'),
    icmp('a family that the address is not of', '127.0.0.1', {
      preferred_ip_protocol: 'ip6',
      ip_protocol_fallback: false,
    }),
  ],
});
