import { type DnsPeer, type DnsPlayground, startDnsPlayground } from './support/dns-playground.ts';
import { differential, type Scenario } from './support/suite.ts';

type DnsScenario = Scenario<DnsPlayground>;
type DnsOptions = Readonly<Record<string, unknown>>;

/** One query over UDP, and the same over TCP. */
function dns(title: string, peer: DnsPeer, options: DnsOptions = {}): DnsScenario[] {
  return (['udp', 'tcp'] as const).map((transport) => ({
    title: `${title}, over ${transport}`,
    module: {
      prober: 'dns',
      timeout: '700ms',
      dns: {
        query_name: 'example.com',
        query_type: 'A',
        transport_protocol: transport,
        ...options,
      },
    },
    target: ({ server }) => server(peer),
  }));
}

const named = (title: string, name: string, type: string, options: DnsOptions = {}) =>
  dns(`${title} of BIND`, 'named', { query_name: name, query_type: type, ...options });

/** Records of a type as they are printed: an expression that has to match the whole line. */
const printed = (type: string, name: string, line: string) =>
  named(`how a record ${type} is printed: ${name}`, `${name}.example.test`, type, {
    validate_answer_rrs: { fail_if_not_matches_regexp: [`^${line}$`] },
  });

differential('dns', {
  playground: startDnsPlayground,
  scenarios: [
    ...dns('an answer', 'recursive'),
    ...dns('no recursion', 'recursive', { recursion_desired: false }),
    ...dns('another response code than expected', 'recursive', {
      valid_rcodes: ['SERVFAIL', 'NXDOMAIN'],
    }),
    ...dns('answers that match', 'recursive', {
      validate_answer_rrs: {
        fail_if_matches_regexp: ['.*7200.*'],
        fail_if_not_matches_regexp: ['.*3600.*'],
      },
    }),
    ...dns('authorities that are not there and must not match', 'recursive', {
      validate_authority_rrs: { fail_if_matches_regexp: ['.*7200.*'] },
    }),
    ...dns('additional records that are not there and must match', 'recursive', {
      validate_additional_rrs: { fail_if_not_matches_regexp: ['.*3600.*'] },
    }),
    ...dns('additional records that are not there, one of which must match', 'recursive', {
      validate_additional_rrs: { fail_if_none_matches_regexp: ['.*3600.*'] },
    }),
    ...dns('authoritative answers', 'authoritative'),
    ...dns('a serial number', 'authoritative', { query_type: 'SOA' }),
    ...dns('the class CH', 'authoritative', { query_type: 'TXT', query_class: 'CH' }),
    ...dns('any type', 'authoritative', { query_type: 'ANY' }),
    ...dns('authorities that must match', 'authoritative', {
      validate_authority_rrs: { fail_if_not_matches_regexp: ['ns.*.isp.net'] },
    }),
    ...dns('additional records that must not match', 'authoritative', {
      validate_additional_rrs: { fail_if_matches_regexp: ['.*127.0.0.*'] },
    }),
    ...dns('additional records all of which must not match, and they do', 'authoritative', {
      validate_additional_rrs: { fail_if_all_match_regexp: ['ns.*.isp.net'] },
    }).map((scenario) => ({ ...scenario, differs: ['all-match'] })),
    ...dns('additional records all of which must not match, and one does not', 'authoritative', {
      validate_additional_rrs: { fail_if_all_match_regexp: ['.*127.0.0.*'] },
    }).map((scenario) => ({ ...scenario, differs: ['all-match'] })),
    ...dns('additional records one of which must match, and none does', 'authoritative', {
      validate_additional_rrs: { fail_if_none_matches_regexp: ['nothing'] },
    }),
    ...dns('a server that fails', 'failing'),
    ...dns('a server that fails, as expected', 'failing', { valid_rcodes: ['SERVFAIL'] }),
    ...dns('a name that does not exist', 'unknown'),
    ...dns('a name that does not exist, as expected', 'unknown', { valid_rcodes: ['NXDOMAIN'] }),
    ...dns('an empty answer', 'empty'),
    ...dns('an empty answer where records must match', 'empty', {
      validate_answer_rrs: { fail_if_not_matches_regexp: ['x'] },
    }),
    ...dns('a server that is not there', 'closed'),
    ...dns('a server that says nothing', 'silent'),
    ...named('an address', 'www.example.test', 'A'),
    ...named('any record', 'www.example.test', 'ANY'),
    ...named('an alias', 'alias.example.test', 'A'),
    ...named('the zone', 'example.test', 'SOA'),
    ...named('a wildcard', 'x.wild.example.test', 'A'),
    ...named('a name with a dot at its end', 'www.example.test.', 'A'),
    ...named('a name in capitals', 'WWW.Example.TEST', 'A'),
    ...named('a name that does not exist', 'nope.example.test', 'A'),
    ...named('a zone of others', 'example.com', 'A'),
    ...named('the root', '.', 'NS'),
    ...named('its version', 'version.bind', 'TXT', { query_class: 'CH' }),
    ...printed('A', 'www', 'www\\.example\\.test\\.\\t3600\\tIN\\tA\\t192\\.0\\.2\\.[12]'),
    ...printed('AAAA', 'www', 'www\\.example\\.test\\.\\t3600\\tIN\\tAAAA\\t2001:db8::1'),
    ...printed(
      'MX',
      'mail',
      'mail\\.example\\.test\\.\\t3600\\tIN\\tMX\\t[12]0 mx2?\\.example\\.test\\.',
    ),
    ...printed(
      'TXT',
      'text',
      'text\\.example\\.test\\.\\t3600\\tIN\\tTXT\\t"v=spf1 -all" "with \\\\"quotes\\\\" and \\\\\\\\"',
    ),
    ...printed('SRV', '_sip._tcp', '.*\\tIN\\tSRV\\t1 2 5060 www\\.example\\.test\\.'),
    ...printed('PTR', 'ptr', '.*\\tIN\\tPTR\\twww\\.example\\.test\\.'),
    ...printed('CAA', 'caa', '.*\\tIN\\tCAA\\t0 issue "ca\\.example"'),
    ...printed('DS', 'ds', '.*\\tIN\\tDS\\t12345 13 2 49FD[0-9A-F]*'),
    ...printed('TLSA', 'tlsa', '.*\\tIN\\tTLSA\\t3 1 1 [0-9a-f]*'),
    ...printed('SSHFP', 'sshfp', '.*\\tIN\\tSSHFP\\t4 2 [0-9A-F]*'),
    ...printed(
      'NAPTR',
      'naptr',
      '.*\\tIN\\tNAPTR\\t100 10 "u" "sip\\+E2U" "!\\^\\.\\*\\$!sip:info@example\\.test!" \\.',
    ),
    ...printed('HINFO', 'hinfo', '.*\\tIN\\tHINFO\\t"CPU" "OS"'),
    ...printed('CNAME', 'alias', '.*\\tIN\\tCNAME\\twww\\.example\\.test\\.'),
    ...named('how a record of an unknown type is printed', 'unknown.example.test', 'ANY', {
      validate_answer_rrs: { fail_if_none_matches_regexp: ['\\tTYPE65280\\t\\\\# 4 0a000001$'] },
    }),
    {
      title: 'a name for the server',
      module: { prober: 'dns', dns: { query_name: 'example.com', preferred_ip_protocol: 'ip4' } },
      target: ({ server }) => server('recursive').replace('127.0.0.1', 'localhost'),
    },
    {
      title: 'a server whose name does not exist',
      module: { prober: 'dns', dns: { query_name: 'example.com' } },
      target: () => 'does-not-exist.invalid',
    },
    {
      title: 'a family that the server is not of',
      module: {
        prober: 'dns',
        dns: {
          query_name: 'example.com',
          preferred_ip_protocol: 'ip6',
          ip_protocol_fallback: false,
        },
      },
      target: ({ server }) => server('recursive'),
    },
    {
      title: 'what is asked where no type is',
      module: { prober: 'dns', dns: { query_name: 'example.com' } },
      target: ({ server }) => server('recursive'),
    },
  ],
});
