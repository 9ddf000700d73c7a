import { describe, expect, test } from 'vitest';
import { dns } from '../../src/probers/dns.ts';
import {
  answerTo,
  authoritative,
  type DnsHandler,
  NXDOMAIN,
  recursive,
  SERVFAIL,
  tcpDnsServer,
  udpDnsServer,
} from '../support/dns-server.ts';
import { probe } from '../support/probe.ts';

const QUERY = { query_name: 'example.com', query_type: 'A' };
const failing: DnsHandler = (query) => answerTo(query, { flags: SERVFAIL });

describe.each([
  ['udp', udpDnsServer],
  ['tcp', tcpDnsServer],
] as const)('over %s', (transport, serve) => {
  const ask = async (handler: DnsHandler, options: Record<string, unknown> = {}) => {
    const server = await serve(handler);
    const all = { query_name: 'example.com', transport_protocol: transport, ...options };
    return { ...(await probe(dns, `127.0.0.1:${server.port}`, all)), queries: server.queries };
  };

  test('an answer is healthy, counted and timed', async () => {
    const outcome = await ask(recursive);
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_ip_protocol')).toBe(4);
    expect(outcome.value('probe_ip_addr_hash')).toBe(3668918509);
    expect(outcome.value('probe_dns_lookup_time_seconds')).toBeGreaterThanOrEqual(0);
    expect(outcome.value('probe_dns_query_succeeded')).toBe(1);
    expect(outcome.value('probe_dns_answer_rrs')).toBe(2);
    expect(outcome.value('probe_dns_authority_rrs')).toBe(0);
    expect(outcome.value('probe_dns_additional_rrs')).toBe(0);
    expect(outcome.value('probe_dns_truncated')).toBe(0);
    expect(outcome.value('probe_dns_rcode_info', { rcode: 'NOERROR' })).toBe(1);
    expect(outcome.value('probe_failed_due_to_regex')).toBe(0);
    expect(outcome.value('probe_dns_serial')).toBeUndefined();
    const phases = outcome.samples.filter(({ name }) => name === 'probe_dns_duration_seconds');
    expect(phases.map(({ labels }) => labels.phase)).toEqual(['resolve', 'connect', 'request']);
    const sum = phases.reduce((total, { value }) => total + value, 0);
    expect(sum).toBeLessThanOrEqual(outcome.durationSeconds);
  });

  test.each([
    ['another response code', { valid_rcodes: ['SERVFAIL', 'NXDOMAIN'] }, 'status'],
    [
      'records as they should be',
      {
        validate_answer_rrs: {
          fail_if_matches_regexp: ['.*7200.*'],
          fail_if_not_matches_regexp: ['.*3600.*'],
        },
      },
      undefined,
    ],
    [
      'nothing forbidden in an empty section',
      { validate_authority_rrs: { fail_if_matches_regexp: ['.*7200.*'] } },
      undefined,
    ],
    [
      'an empty section that must match',
      { validate_additional_rrs: { fail_if_not_matches_regexp: ['.*3600.*'] } },
      'body',
    ],
    [
      'an empty section that must match somewhere',
      { validate_additional_rrs: { fail_if_none_matches_regexp: ['.*3600.*'] } },
      'body',
    ],
    [
      'an empty section that must not match whole',
      { validate_additional_rrs: { fail_if_all_match_regexp: ['.*3600.*'] } },
      undefined,
    ],
  ])('of a resolver, %s', async (_what, options, reason) => {
    const outcome = await ask(recursive, options);
    expect(outcome.failure?.reason).toBe(reason);
    expect(outcome.value('probe_dns_answer_rrs')).toBe(2);
    expect(outcome.value('probe_failed_due_to_regex')).toBe(reason === 'body' ? 1 : 0);
  });

  test('a resolver that is asked for no recursion may refuse', async () => {
    const outcome = await ask(recursive, { recursion_desired: false });
    expect(outcome.failure).toEqual({
      reason: 'status',
      message: 'the answer is REFUSED, expected NOERROR',
    });
    expect(outcome.value('probe_dns_answer_rrs')).toBe(0);
    expect(outcome.value('probe_dns_query_succeeded')).toBe(1);
    expect(outcome.value('probe_dns_rcode_info', { rcode: 'REFUSED' })).toBe(1);
  });

  const answer = (rules: object) => ({ validate_answer_rrs: rules });
  const authority = (rules: object) => ({ validate_authority_rrs: rules });
  const additional = (rules: object) => ({ validate_additional_rrs: rules });

  test.each([
    [{}, undefined],
    [{ valid_rcodes: ['SERVFAIL', 'NXDOMAIN'] }, 'expected SERVFAIL, NXDOMAIN'],
    [
      answer({ fail_if_matches_regexp: ['3600'], fail_if_not_matches_regexp: ['3600'] }),
      'a record matches "3600", in the answer section',
    ],
    [
      answer({ fail_if_matches_regexp: ['7200'], fail_if_not_matches_regexp: ['7200'] }),
      'a record does not match "7200", in the answer section',
    ],
    [authority({ fail_if_not_matches_regexp: ['ns.*.isp.net'] }), undefined],
    [
      authority({ fail_if_not_matches_regexp: ['ns.*.isp.net', 'ns1'] }),
      'a record does not match "ns1", in the authority section',
    ],
    [additional({ fail_if_not_matches_regexp: ['^ns.*.isp'] }), undefined],
    [
      additional({ fail_if_matches_regexp: ['^ns.*.isp'] }),
      'a record matches "^ns.*.isp", in the additional section',
    ],
    [additional({ fail_if_matches_regexp: ['nothing', '::1$'] }), 'a record matches "::1$"'],
    [additional({ fail_if_all_match_regexp: ['127\\.0\\.0\\.'] }), undefined],
    [
      additional({ fail_if_all_match_regexp: ['isp'] }),
      'every record matches "isp", in the additional section',
    ],
    [additional({ fail_if_all_match_regexp: ['isp', 'AAAA'] }), undefined],
    [
      additional({ fail_if_none_matches_regexp: ['127.0.0.3'] }),
      'no record matches "127.0.0.3", in the additional section',
    ],
    [additional({ fail_if_none_matches_regexp: ['127.0.0.3', '::1'] }), undefined],
  ])('of a server of the zone, %j', async (options, message) => {
    const outcome = await ask(authoritative, options);
    if (message === undefined) expect(outcome.failure).toBeUndefined();
    else expect(outcome.failure?.message).toContain(message);
    expect(outcome.value('probe_dns_answer_rrs')).toBe(1);
    expect(outcome.value('probe_dns_authority_rrs')).toBe(2);
    expect(outcome.value('probe_dns_additional_rrs')).toBe(3);
    expect(outcome.value('probe_dns_query_succeeded')).toBe(1);
  });

  test('the serial number of the zone is exported where its SOA record is asked for', async () => {
    const outcome = await ask(authoritative, { query_type: 'SOA' });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_dns_serial')).toBe(1000);
    const another = await ask(authoritative, { query_type: 'TYPE6' });
    expect(another.value('probe_dns_serial')).toBe(1000);
  });

  test('no serial number is made up where there is no SOA record', async () => {
    const outcome = await ask(recursive, { query_type: 'SOA' });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_dns_serial')).toBeUndefined();
  });

  test('trap 33: class CH is asked for and printed', async () => {
    const outcome = await ask(authoritative, {
      query_class: 'CH',
      query_type: 'TXT',
      ...answer({
        fail_if_matches_regexp: ['IN'],
        fail_if_not_matches_regexp: ['^example\\.com\\.\\t3600\\tCH\\tTXT\\t"goCHAOS"$'],
      }),
    });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.queries[0]?.readUInt16BE(27)).toBe(3);
  });

  test('a server failure is one, unless it is what is wanted', async () => {
    const outcome = await ask(failing);
    expect(outcome.failure?.message).toBe('the answer is SERVFAIL, expected NOERROR');
    expect(outcome.value('probe_dns_query_succeeded')).toBe(1);
    expect(outcome.value('probe_dns_answer_rrs')).toBe(0);
    const wanted = await ask(failing, { valid_rcodes: ['SERVFAIL', 'NXDOMAIN'] });
    expect(wanted.failure).toBeUndefined();
  });

  test('trap 33: response codes have their names', async () => {
    const names =
      'NOERROR,FORMERR,SERVFAIL,NXDOMAIN,NOTIMP,REFUSED,YXDOMAIN,YXRRSET,NXRRSET,NOTAUTH,NOTZONE';
    for (const [flags, rcode] of [...names.split(','), 'DSOTYPENI', 'RCODE12'].entries()) {
      const outcome = await ask((query) => answerTo(query, { flags }), {
        valid_rcodes: ['BADVERS'],
      });
      expect(outcome.failure?.message).toBe(`the answer is ${rcode}, expected BADVERS`);
      expect(outcome.value('probe_dns_rcode_info', { rcode })).toBe(1);
    }
  });

  test('trap 33: ANY is the type asked for where none is said, and may be refused', async () => {
    const outcome = await ask((query) => answerTo(query, { flags: 4 }));
    expect(outcome.queries[0]?.readUInt16BE(25)).toBe(255);
    expect(outcome.failure?.message).toBe('the answer is NOTIMP, expected NOERROR');
  });

  test('trap 33: an answer without records is healthy as long as none is wanted', async () => {
    const empty = await ask((query) => answerTo(query));
    expect(empty.failure).toBeUndefined();
    expect(empty.value('probe_dns_answer_rrs')).toBe(0);
    const wanted = await ask(
      (query) => answerTo(query),
      answer({ fail_if_none_matches_regexp: ['.'] }),
    );
    expect(wanted.failure).toEqual({
      reason: 'body',
      message: 'no record matches ".", in the answer section',
    });
  });

  test('trap 33: a chain of names comes as its records', async () => {
    const chain: DnsHandler = (query) =>
      answerTo(query, {
        answers: [
          { name: 'example.com', type: 'CNAME', ttl: 60, data: 'b.example.com' },
          { name: 'b.example.com', type: 'CNAME', ttl: 60, data: 'c.example.com' },
          { name: 'c.example.com', type: 'A', ttl: 60, data: '192.0.2.1' },
        ],
      });
    const rules = { fail_if_none_matches_regexp: ['^c\\.example\\.com\\.\\t60\\tIN\\tA\\t192'] };
    const outcome = await ask(chain, answer(rules));
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_dns_answer_rrs')).toBe(3);
  });

  test('trap 33: a TTL of 0 is printed', async () => {
    const handler: DnsHandler = (query) =>
      answerTo(query, { answers: [{ name: 'x', type: 'A', ttl: 0, data: '192.0.2.1' }] });
    const rules = { fail_if_not_matches_regexp: ['^x\\.\\t0\\tIN'] };
    expect((await ask(handler, answer(rules))).failure).toBeUndefined();
  });

  test('trap 33: the root can be asked for', async () => {
    const outcome = await ask((query) => answerTo(query), { query_name: '.', query_type: 'NS' });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.queries[0]?.subarray(12).toString('hex')).toBe('0000020001');
  });

  test('trap 33: an answer longer than 512 bytes is read whole', async () => {
    const data = Array.from({ length: 20 }, (_, index) => String(index).padEnd(100, 'x'));
    const handler: DnsHandler = (query) =>
      answerTo(query, { answers: [{ name: 'x', type: 'TXT', ttl: 1, data }] });
    const rules = { fail_if_not_matches_regexp: ['"19x+"$'] };
    expect((await ask(handler, answer(rules))).failure).toBeUndefined();
  });

  test('trap 33: an answer that is cut off is judged as it came', async () => {
    const handler: DnsHandler = (query) => answerTo(query, { flags: 0x0200 });
    const outcome = await ask(handler);
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_dns_truncated')).toBe(1);
    expect(outcome.log.at(-1)?.message).toContain('cut off');
    expect(outcome.queries).toHaveLength(1);
  });

  test('trap 33: no EDNS is sent, and one that comes counts and extends the response code', async () => {
    const handler: DnsHandler = (query) =>
      answerTo(query, {
        additionals: [
          {
            name: '.',
            type: 'OPT',
            udpPayloadSize: 1232,
            extendedRcode: 1,
            ednsVersion: 0,
            flags: 0x8000,
            flag_do: true,
            options: [],
          },
        ],
      });
    const outcome = await ask(handler, {
      valid_rcodes: ['BADVERS'],
      ...additional({ fail_if_not_matches_regexp: ['flags: do; udp: 1232$'] }),
    });
    expect(outcome.failure).toBeUndefined();
    expect(outcome.value('probe_dns_additional_rrs')).toBe(1);
    expect(outcome.value('probe_dns_rcode_info', { rcode: 'BADSIG' })).toBe(1);
    expect(outcome.queries[0]?.readUInt16BE(10)).toBe(0);
  });

  test('recursion is asked for, or not', async () => {
    const [asked, not] = [await ask(recursive), await ask(recursive, { recursion_desired: false })];
    expect(asked.queries[0]?.readUInt16BE(2)).toBe(0x0100);
    expect(not.queries[0]?.readUInt16BE(2)).toBe(0);
  });
});

test('trap 33: every query has an id of its own', async () => {
  const server = await udpDnsServer(recursive);
  for (let count = 0; count < 8; count++) await probe(dns, `127.0.0.1:${server.port}`, QUERY);
  const ids = new Set(server.queries.map((query) => query.readUInt16BE(0)));
  expect(ids.size).toBeGreaterThan(5);
});

test('NXDOMAIN can be what is healthy', async () => {
  const server = await udpDnsServer((query) => answerTo(query, { flags: NXDOMAIN }));
  const options = { ...QUERY, valid_rcodes: ['NXDOMAIN'] };
  expect((await probe(dns, `127.0.0.1:${server.port}`, options)).failure).toBeUndefined();
});
