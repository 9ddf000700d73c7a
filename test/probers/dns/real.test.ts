import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dns } from '../../../src/probers/dns.ts';
import { hasNamed, type NameServer, startNamed } from '../../support/name-server.ts';
import { probe } from '../../support/probe.ts';

const LONG = ['a', 'b', 'c', 'd'].map((letter) => `"${letter.repeat(200)}"`).join(' ');
const RECORDS = `
@ MX 10 host
@ TXT "v=spf1 -all" "quo\\"te" "\\195\\164"
www CNAME web
web CNAME host
host A 192.0.2.1
host AAAA 2001:db8::1
zero 0 A 192.0.2.2
*.wild A 192.0.2.3
we\\.ird A 192.0.2.4
unknown TYPE65280 \\# 4 0a000001
long TXT ${LONG}
`;

describe.skipIf(!hasNamed)('a real BIND', () => {
  let server: NameServer;
  beforeAll(async () => {
    server = await startNamed(RECORDS);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const ask = (query_name: string, query_type: string, options: Record<string, unknown> = {}) =>
    probe(dns, `127.0.0.1:${server.port}`, { query_name, query_type, ...options });
  const saying = (...lines: string[]) => ({
    validate_answer_rrs: { fail_if_not_matches_regexp: lines },
  });

  describe.each(['udp', 'tcp'])('over %s', (transport_protocol) => {
    test.each([
      [
        'example.test',
        'SOA',
        1,
        ['SOA\\tns\\.example\\.test\\. hostmaster\\\\\\.team\\.example\\.test\\. 1000 7200'],
      ],
      [
        'example.test',
        'MX',
        1,
        ['^example\\.test\\.\\t3600\\tIN\\tMX\\t10 host\\.example\\.test\\.$'],
      ],
      ['example.test', 'TXT', 1, ['TXT\\t"v=spf1 -all" "quo\\\\"te" "\\\\195\\\\164"$']],
      ['example.test', 'ANY', 4, ['^example\\.test\\.\\t3600\\tIN\\t(SOA|NS|MX|TXT)\\t']],
      [
        'www.example.test',
        'A',
        3,
        ['IN\\t(CNAME\\t(web|host)\\.example\\.test\\.|A\\t192\\.0\\.2\\.1)$'],
      ],
      ['host.example.test', 'AAAA', 1, ['2001:db8::1$']],
      ['zero.example.test', 'A', 1, ['\\t0\\tIN\\tA\\t192\\.0\\.2\\.2$']],
      ['a.b.wild.example.test', 'A', 1, ['^a\\.b\\.wild\\.example\\.test\\.\\t']],
      ['we\\.ird.example.test', 'A', 1, ['^we\\\\\\.ird\\.example\\.test\\.\\t']],
      ['unknown.example.test', 'TYPE65280', 1, ['CLASS1\\tTYPE65280\\t\\\\# 4 0a000001$']],
      ['host.example.test', 'MX', 0, []],
    ])('has of %s the %s records', async (name, type, count, lines) => {
      const outcome = await ask(name, type, { transport_protocol, ...saying(...lines) });
      expect(outcome.failure).toBeUndefined();
      expect(outcome.value('probe_dns_answer_rrs')).toBe(count);
      expect(outcome.value('probe_dns_serial')).toBe(type === 'SOA' ? 1000 : undefined);
    });

    test('has no other name, and says who says so', async () => {
      const outcome = await ask('no.example.test', 'A', { transport_protocol });
      expect(outcome.failure?.message).toBe('the answer is NXDOMAIN, expected NOERROR');
      expect(outcome.value('probe_dns_authority_rrs')).toBe(1);
    });

    test('refuses what it has no zone of', async () => {
      const outcome = await ask('example.com', 'A', { transport_protocol });
      expect(outcome.failure?.message).toBe('the answer is REFUSED, expected NOERROR');
    });

    test('tells its version in class CH', async () => {
      const options = {
        transport_protocol,
        query_class: 'CH',
        ...saying('CH\\tTXT\\t"healthy 9"$'),
      };
      expect((await ask('version.bind', 'TXT', options)).failure).toBeUndefined();
    });
  });

  test('cuts off over UDP what it says whole over TCP', async () => {
    const udp = await ask('long.example.test', 'TXT');
    expect(udp.failure).toBeUndefined();
    expect(udp.value('probe_dns_truncated')).toBe(1);
    expect(udp.value('probe_dns_answer_rrs')).toBe(0);
    const tcp = await ask('long.example.test', 'TXT', { transport_protocol: 'tcp' });
    expect(tcp.value('probe_dns_truncated')).toBe(0);
    expect(tcp.value('probe_dns_answer_rrs')).toBe(1);
  });
});
