import { describe, expect, test } from 'vitest';
import { dns } from '../../../src/probers/dns.ts';
import { recursive, udpDnsServer } from '../../support/dns-server.ts';
import { probe } from '../../support/probe.ts';

const QUERY = { query_name: 'example.com', query_type: 'A' };

describe('a target', () => {
  test.each([
    '192.0.2.1',
    '192.0.2.1:5353',
    'dns.example',
    'dns.example.:53',
    '::1',
    '[::1]',
    '[::1]:53',
    'fe80::1%eth0',
    '[fe80::1%eth0]:53',
    '::ffff:192.0.2.1',
  ])('trap 36: %s is one', (target) => {
    expect(dns.target?.problem(target)).toBeUndefined();
  });

  test.each([
    ['', 'is not host or host:port (an IPv6 address with a port goes in brackets)'],
    [
      'https://dns.example/',
      'is not host or host:port (an IPv6 address with a port goes in brackets)',
    ],
    ['dns.example:', 'is not host or host:port (an IPv6 address with a port goes in brackets)'],
    ['::1]:53', 'is not host or host:port (an IPv6 address with a port goes in brackets)'],
    ['dns.example:0', 'has a bad port, expected 1 to 65535'],
    ['dns.example:65536', 'has a bad port, expected 1 to 65535'],
    ['[192.0.2.1]:53', 'has no IPv6 address in brackets'],
    ['a b', 'is not host or host:port (an IPv6 address with a port goes in brackets)'],
    ['a/b', 'is not host or host:port (an IPv6 address with a port goes in brackets)'],
    ['a<b', 'has no valid host name'],
  ])('trap 36: %j is none: it %s', (target, problem) => {
    expect(dns.target?.problem(target)).toBe(problem);
  });
});

describe('the address', () => {
  test('trap 36: is one of IPv6, with or without a zone', async () => {
    const server = await udpDnsServer(recursive, '::1');
    for (const target of [`[::1]:${server.port}`, `[::1%lo]:${server.port}`]) {
      const outcome = await probe(dns, target, QUERY);
      expect(outcome.failure).toBeUndefined();
      expect(outcome.value('probe_ip_protocol')).toBe(6);
    }
  });

  test('trap 36: of "localhost" is of the preferred version', async () => {
    const [four, six] = await Promise.all([
      udpDnsServer(recursive),
      udpDnsServer(recursive, '::1'),
    ]);
    const options = { ...QUERY, preferred_ip_protocol: 'ip4' };
    const outcome = await probe(dns, `localhost:${four.port}`, options);
    expect(outcome.value('probe_ip_protocol')).toBe(4);
    expect(outcome.failure).toBeUndefined();
    const ip6 = await probe(dns, `[::1]:${six.port}`, { ...QUERY, preferred_ip_protocol: 'ip6' });
    expect(ip6.failure).toBeUndefined();
  });

  test('of the other version does without fallback not count', async () => {
    const options = { ...QUERY, preferred_ip_protocol: 'ip6', ip_protocol_fallback: false };
    const outcome = await probe(dns, '127.0.0.1', options);
    expect(outcome.failure?.reason).toBe('dns');
    expect(outcome.value('probe_dns_query_succeeded')).toBe(0);
    expect(outcome.value('probe_dns_duration_seconds')).toBeUndefined();
  });

  test('of an unknown host is not found', async () => {
    const outcome = await probe(dns, 'no-such-host.invalid', QUERY);
    expect(outcome.failure?.reason).toBe('dns');
  });
});
