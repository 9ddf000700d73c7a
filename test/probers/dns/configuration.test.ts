import { describe, expect, test } from 'vitest';
import { dns } from '../../../src/probers/dns.ts';

const QUERY = { query_name: 'example.com', query_type: 'A' };

describe('the configuration', () => {
  const label = (length: number) => 'x'.repeat(length);

  test.each([
    [{}, 'query_name', 'expected string'],
    [{ query_name: '' }, 'query_name', 'expected a domain name, "." for the root'],
    [{ query_name: 'a..b' }, 'query_name', '"a..b" has an empty label'],
    [{ query_name: '.a' }, 'query_name', '".a" has an empty label'],
    [{ query_name: 'a\\2' }, 'query_name', '"a\\2" has a bad escape'],
    [{ query_name: 'a\\256' }, 'query_name', 'has a bad escape'],
    [{ query_name: 'a\\' }, 'query_name', 'has a bad escape'],
    [{ ...QUERY, query_type: 'AAA' }, 'query_type', '"AAA" is not known, expected a record type'],
    [{ ...QUERY, query_type: 'TYPE65536' }, 'query_type', '"TYPE65536" is not known'],
    [{ ...QUERY, query_class: 'XX' }, 'query_class', '"XX" is not known, expected a class: IN, CS'],
    [
      { ...QUERY, valid_rcodes: ['NOPE'] },
      'valid_rcodes.0',
      '"NOPE" is not known, expected a resp',
    ],
    [{ ...QUERY, valid_rcodes: [] }, 'valid_rcodes', 'expected at least one response code'],
    [{ ...QUERY, transport_protocol: 'sctp' }, 'transport_protocol', 'expected one of "udp"|"tcp"'],
    [{ ...QUERY, dns_over_tls: true }, 'dns_over_tls', 'needs "transport_protocol: tcp"'],
    [{ ...QUERY, source_ip_address: 'x' }, 'source_ip_address', 'expected an IP address'],
    [
      { ...QUERY, validate_answer_rrs: { fail_if_matches_regexp: ['('] } },
      'validate_answer_rrs.fail_if_matches_regexp.0',
      '"(" is no regular expression in RE2 syntax',
    ],
    [{ ...QUERY, validate_answer_rrs: { fail_if: [] } }, 'validate_answer_rrs', 'Unrecognized key'],
  ])('%j is refused', (input, path, message) => {
    const [issue] = dns.options.safeParse(input).error?.issues ?? [];
    expect(issue?.path.join('.')).toBe(path);
    expect(issue?.message).toContain(message);
  });

  test('trap 33: a name of 255 bytes and a label of 63 are the longest', () => {
    const fits = (query_name: string) => dns.options.safeParse({ query_name }).success;
    expect(fits(label(63))).toBe(true);
    expect(fits(label(64))).toBe(false);
    const long = [label(63), label(63), label(63)].join('.');
    expect(fits(`${long}.${label(61)}`)).toBe(true);
    expect(fits(`${long}.${label(62)}`)).toBe(false);
  });

  test('that contradicts itself says so beside its other mistakes', () => {
    const result = dns.options.safeParse({ ...QUERY, dns_over_tls: true, valid_rcodes: ['NOPE'] });
    expect(result.error?.issues).toHaveLength(2);
  });

  test('has the defaults of blackbox_exporter', () => {
    expect(dns.options.parse({ query_name: 'example.com' })).toEqual({
      ip_protocol_fallback: true,
      source_ip_address: '',
      transport_protocol: 'udp',
      dns_over_tls: false,
      query_name: 'example.com',
      query_type: 'ANY',
      query_class: 'IN',
      recursion_desired: true,
      valid_rcodes: ['NOERROR'],
    });
    expect(dns.probeDefaults).toEqual({ preferred_ip_protocol: 'ip6' });
  });
});
