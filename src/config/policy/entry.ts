import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { SCHEMES } from '../../probers/shared/gate.ts';
import { schemaHints } from '../../probers/shared/schema-hints.ts';
import { suggestion } from '../explain.ts';
import { parseNetwork } from './network.ts';
import { RANGES, type Range } from './ranges.ts';

const NETWORK_EXPECTED = `expected a network such as "10.0.0.0/8", an address, or one of ${[...RANGES.keys()].join(', ')}`;
const HOST_EXPECTED = 'expected a host name such as "db.example.com" or "*.example.com"';

/** A range by its name, a network or an address. Output: a {@link Range}. */
const range = z.string({ error: NETWORK_EXPECTED }).transform((text, context): Range => {
  const found = rangeOf(text);
  if (typeof found === 'object') return found;
  context.addIssue({ code: 'custom', message: found, input: text });
  return z.NEVER;
});

/** Output: the pattern in lower case, in ASCII, without the last dot. */
const host = z.string({ error: HOST_EXPECTED }).transform((text, context): string => {
  const pattern = hostPattern(text);
  if (pattern !== undefined) return pattern;
  context.addIssue({ code: 'custom', message: HOST_EXPECTED, input: text });
  return z.NEVER;
});

const PORT_EXPECTED = 'expected a port from 1 to 65535, or two with a "-" between them';

/** Output: the first and the last. */
const ports = z
  .union([z.number(), z.string()], { error: PORT_EXPECTED })
  .transform((value, context): readonly [number, number] => {
    const { from, to = from } =
      /^(?<from>\d{1,5})(?:-(?<to>\d{1,5}))?$/.exec(String(value))?.groups ?? {};
    const pair = [Number(from), Number(to)] as const;
    if (from !== undefined && pair[0] >= 1 && pair[1] <= 65_535 && pair[0] <= pair[1]) return pair;
    context.addIssue({ code: 'custom', message: PORT_EXPECTED, input: value });
    return z.NEVER;
  })
  .register(schemaHints, {
    $comment: 'port or range',
    minimum: 1,
    maximum: 65_535,
    pattern: '^\\d{1,5}(?:-\\d{1,5})?$',
    patternErrorMessage: PORT_EXPECTED,
  });

const conditions = z.strictObject({
  networks: z.array(range).min(1).optional().describe('Ranges by name, networks, addresses.'),
  hosts: z.array(host).min(1).optional().describe('Host names; * stands for any characters.'),
  ports: z.array(ports).min(1).optional().describe('Ports, and ranges such as "8000-9000".'),
  schemes: z.array(z.enum(SCHEMES)).min(1).optional().describe('What is spoken.'),
  modules: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Modules; * stands for any characters.'),
});

const ENTRY_EXPECTED =
  'expected a range, a network, an address, a host name, or a mapping of networks, hosts, ports, schemes, modules';

/** One entry of `allow` or `deny`: a text, or a mapping whose conditions must all hold. */
export const policyEntry = z.preprocess((value, context) => {
  if (typeof value === 'string') {
    const meant = meaningOf(value);
    if (typeof meant === 'object') return meant;
    context.addIssue({ code: 'custom', message: meant, input: value });
    return z.NEVER;
  }
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isMapping && Object.keys(value).length > 0) return value;
  context.addIssue({ code: 'custom', message: ENTRY_EXPECTED, input: value });
  return z.NEVER;
}, conditions);
schemaHints.add(policyEntry, {
  minProperties: 1,
  or: { type: 'string', minLength: 1, examples: [...RANGES.keys()] },
});

/** {@link policyEntry} after parsing. What is absent holds for everything. */
export type PolicyEntry = z.output<typeof policyEntry>;

/** An entry as it may stand in the file: short where it is one network or one host. */
export function writtenEntry({
  networks,
  hosts,
  ports: pairs,
  schemes,
  modules,
}: PolicyEntry): unknown {
  const [range, ...moreRanges] = networks ?? [];
  const [name, ...moreHosts] = hosts ?? [];
  if (!pairs && !schemes && !modules) {
    if (range && moreRanges.length === 0 && !hosts) return range.text;
    if (name !== undefined && moreHosts.length === 0 && !networks) return name;
  }
  return {
    networks: networks?.map(({ text }) => text),
    hosts,
    ports: pairs?.map(([from, to]) => (from === to ? from : `${from}-${to}`)),
    schemes,
    modules,
  };
}

/** A text as the mapping that it stands for, or what was expected. */
function meaningOf(text: string): object | string {
  const looksLikeAddress = /^[\d.*/-]*\d[\d.*/-]*$|[:/]/.test(text);
  if (RANGES.has(text) || looksLikeAddress) {
    const found = rangeOf(text);
    return typeof found === 'object' ? { networks: [text] } : found;
  }
  const near = /[.*]/.test(text) ? '' : suggestion(text, [...RANGES.keys()]);
  if (near !== '')
    return `${ENTRY_EXPECTED}${near}; a host of this name is written as hosts: [${text}]`;
  return hostPattern(text) === undefined ? ENTRY_EXPECTED : { hosts: [text] };
}

function rangeOf(text: string): Range | string {
  const named = RANGES.get(text);
  if (named) return named;
  const network = parseNetwork(text);
  if (typeof network === 'string') return network;
  return network
    ? { text, networks: [network] }
    : NETWORK_EXPECTED + suggestion(text, [...RANGES.keys()]);
}

/** `undefined` where no host can be of that form. */
function hostPattern(text: string): string | undefined {
  if (text === '' || /[\s\p{Cc}/:@?#%[\]\\]/u.test(text)) return undefined;
  // `0x7f000001` is an address to whoever resolves it: as a host it would stand for nobody.
  if (isIP(text) === 0 && isIP(domainToASCII(text)) !== 0) return undefined;
  // What stands for any characters cannot be made ASCII with those beside it.
  if (text.split('.').some((label) => label.includes('*') && /\P{ASCII}/u.test(label)))
    return undefined;
  return normalHost(text.replaceAll('*', STAR))?.replaceAll(STAR, '*');
}

// A letter sequence that no host has, for some versions of the URL standard forbid "*" in a host.
const STAR = 'zqxjstarjxqz';

/** A host as hosts are compared: in lower case, in ASCII, without its last dot. `undefined` where it is none. */
export function normalHost(host: string): string | undefined {
  const ascii = /^[a-z0-9._-]*$/i.test(host) ? host.toLowerCase() : domainToASCII(host);
  return ascii.replace(/\.$/, '') || undefined;
}
