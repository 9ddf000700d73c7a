import { z } from 'zod';
import { addressOptions, sourceAddressOption } from '../shared/address.ts';
import { BESIDE_OTHER_PROBLEMS, boolean, emptyAs } from '../shared/options.ts';
import { regexp } from '../shared/regexp.ts';
import { type SchemaHints, schemaHints } from '../shared/schema-hints.ts';
import { tlsConfig } from '../shared/tls-options.ts';
import {
  CLASS_NAMES,
  classNumber,
  RCODE_NAMES,
  rcodeNumber,
  TYPE_NAMES,
  typeNumber,
} from './numbers.ts';
import { encodeName, WireError } from './wire.ts';

const patterns = (description: string) => z.array(regexp()).default([]).describe(description);

const recordRules = z.strictObject({
  fail_if_matches_regexp: patterns('Fail where a record matches one of these.'),
  fail_if_all_match_regexp: patterns(
    'Fail where there are records and each matches all of these. (In blackbox_exporter it fails where they do not.)',
  ),
  fail_if_not_matches_regexp: patterns(
    'Fail where a record does not match all of these, or there is none.',
  ),
  fail_if_none_matches_regexp: patterns('Fail where no record matches any of these.'),
});

/** What the records of a section must look like. */
export type RecordRules = z.output<typeof recordRules>;

const rulesOf = (section: string) =>
  recordRules
    .optional()
    .describe(
      `What the records of the ${section} section must look like, as RE2 expressions on their text: ` +
        'name, TTL, class and type, a tab after each, then the data.',
    );

/** The options of the `dns` prober: blackbox_exporter's `dns` block. */
export const dnsOptions = z
  .strictObject({
    ...addressOptions,
    ...sourceAddressOption,
    transport_protocol: emptyAs('udp', z.enum(['udp', 'tcp']))
      .default('udp')
      .describe('What to ask over.'),
    dns_over_tls: boolean()
      .default(false)
      .describe('Whether to ask over TLS. Only with "transport_protocol: tcp".'),
    tls_config: tlsConfig.optional().describe('TLS settings for dns_over_tls.'),
    query_name: queryName().describe(
      'The name to ask for, absolute with or without its last dot, escaped as in a zone file.',
    ),
    query_type: emptyAs(
      'ANY',
      listed(typeNumber, 'expected a record type such as "A", "MX" or "TYPE64"').register(
        schemaHints,
        namesOr(TYPE_NAMES, '^TYPE\\d{1,5}$'),
      ),
    )
      .default('ANY')
      .describe('The record type to ask for. Many servers refuse ANY.'),
    query_class: emptyAs(
      'IN',
      listed(classNumber, `expected a class: ${CLASS_NAMES.join(', ')}`).register(
        schemaHints,
        namesOr(CLASS_NAMES, '^CLASS\\d{1,5}$'),
      ),
    )
      .default('IN')
      .describe('The class to ask for.'),
    recursion_desired: boolean().default(true).describe('Whether to ask the server to ask others.'),
    valid_rcodes: z
      .array(
        listed(rcodeNumber, `expected a response code: ${RCODE_NAMES.join(', ')}`).register(
          schemaHints,
          {
            enum: [...RCODE_NAMES],
          },
        ),
      )
      .min(1, 'expected at least one response code, for every answer has one')
      .default(['NOERROR'])
      .describe('Response codes that are healthy.'),
    validate_answer_rrs: rulesOf('answer'),
    validate_authority_rrs: rulesOf('authority'),
    validate_additional_rrs: rulesOf('additional'),
  })
  .superRefine((options, context) => {
    if (options.dns_over_tls !== true || options.transport_protocol === 'tcp') return;
    const message = 'dns_over_tls needs "transport_protocol: tcp"';
    context.addIssue({ code: 'custom', path: ['dns_over_tls'], message, input: options });
  }, BESIDE_OTHER_PROBLEMS);

/** {@link dnsOptions} as they are after parsing: defaults filled in, expressions compiled. */
export type DnsOptions = z.output<typeof dnsOptions>;

/** Names to choose from, and a pattern for those with a number. */
function namesOr(names: readonly string[], pattern: string): SchemaHints {
  return { instead: { anyOf: [{ enum: [...names] }, { type: 'string', pattern }] } };
}

/** A name out of one of the protocol's lists. */
function listed(numberOf: (name: string) => number | undefined, expected: string) {
  return z.string().refine((name) => numberOf(name) !== undefined, {
    error: ({ input }) => `"${input}" is not known, ${expected}`,
  });
}

function queryName() {
  return z
    .string()
    .min(1, 'expected a domain name, "." for the root')
    .superRefine((name, context) => {
      try {
        encodeName(name);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        context.addIssue({ code: 'custom', message: `"${name}" ${error.message}`, input: name });
      }
    });
}
