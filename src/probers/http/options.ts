import { z } from 'zod';
import { Secret } from '../../lib/secret.ts';
import { addressOptions } from '../shared/address.ts';
import {
  authorization,
  basicAuth,
  type CredentialContradictable,
  credentialContradictions,
  isSet,
} from '../shared/http-credentials.ts';
import { headerName, httpHeaders, isHeaderValue } from '../shared/http-headers.ts';
import {
  type ProxyContradictable,
  proxyContradictions,
  proxyOptions,
} from '../shared/http-proxy.ts';
import { oauth2 } from '../shared/oauth2.ts';
import { BESIDE_OTHER_PROBLEMS, boolean, byteSize, hidden, secret } from '../shared/options.ts';
import { regexp } from '../shared/regexp.ts';
import { inAnyCase, schemaHints } from '../shared/schema-hints.ts';
import { tlsConfig } from '../shared/tls-options.ts';
import { acceptsEncoding } from './body.ts';
import { condition, MAX_CONTAINERS } from './cel.ts';

/** As much of a body as is matched where no body_size_limit is set: any page a person wrote, and cheap. */
export const MATCHED_MEBIBYTES = 1;

const headerMatch = z.strictObject({
  header: headerName().describe('Name of the header, in any case.'),
  regexp: regexp()
    .refine(({ source }) => source !== '', { error: 'expected an expression' })
    .describe('RE2 expression to look for in each value of the header.'),
  allow_missing: boolean().default(false).describe('Whether the header may be absent.'),
});

const MATCHED_PART =
  `Only the first ${MATCHED_MEBIBYTES} MiB is looked at, ` +
  'or all that body_size_limit allows where that is set.';

const JSON_PART =
  `Also where the body is no JSON, or has more than ${MAX_CONTAINERS} objects and lists, ` +
  'or lacks what the expression asks for, or is longer than is looked at: ' +
  `${MATCHED_MEBIBYTES} MiB, or body_size_limit where that is set.`;

const patterns = (description: string) => z.array(regexp()).default([]).describe(description);
const headerMatches = (description: string) =>
  z.array(headerMatch).default([]).describe(description);

const headerValue = hidden(z.union([z.string(), z.number(), z.boolean()]).transform(String));

const NO_HTTP3 = 'HTTP/3 cannot be had in Node.js, remove this module or this option';

const HTTP_VERSIONS: readonly string[] = ['HTTP/1.0', 'HTTP/1.1', 'HTTP/2.0', 'HTTP/2'];

const httpVersion = z
  .string()
  .superRefine((version, context) => {
    if (HTTP_VERSIONS.includes(version)) return;
    const message =
      version === 'HTTP/3.0' ? NO_HTTP3 : 'expected "HTTP/1.0", "HTTP/1.1" or "HTTP/2.0"';
    context.addIssue({ code: 'custom', message, input: version });
  })
  // What many write, blackbox_exporter's own example among them.
  .transform((version) => (version === 'HTTP/2' ? 'HTTP/2.0' : version))
  .register(schemaHints, { enum: [...HTTP_VERSIONS] });

const COMPRESSIONS = ['', 'gzip', 'br', 'deflate', 'identity'] as const;

const inLowerCase = (value: unknown) => (typeof value === 'string' ? value.toLowerCase() : value);

const onlyFalse = (message: string) =>
  boolean()
    .refine((value) => !value, { error: message })
    .register(schemaHints, { const: false })
    .default(false);

/** The options of the `http` prober: blackbox_exporter's `http` block with its `http_client_config`. */
export const httpOptions = z
  .strictObject({
    valid_status_codes: z
      .array(z.int().min(100).max(999))
      .default([])
      .describe('Status codes that are healthy. Empty: 200 to 299.'),
    valid_http_versions: z
      .array(httpVersion)
      .default([])
      .describe('Versions that are healthy: "HTTP/1.0", "HTTP/1.1", "HTTP/2.0". Empty: any.'),
    method: z
      .string()
      .regex(/^(?:[A-Za-z][\w!#$%&'*+.^`|~-]*)?$/, 'expected an HTTP method such as "GET"')
      .refine((method) => method.toUpperCase() !== 'CONNECT', {
        error: 'CONNECT asks for a tunnel, of which no answer comes that could be judged',
      })
      .default('GET')
      .describe('Request method. Empty: GET.'),
    headers: z
      .record(headerName(), headerValue)
      .default({})
      .describe('Headers to send. The values are never shown.'),
    http_headers: httpHeaders.describe('Headers with several values, secrets or files.'),
    body: secret().optional().describe('Request body.'),
    body_file: z.string().optional().describe('File with the request body.'),
    body_size_limit: byteSize()
      .default(0)
      .describe(
        'Largest body, after decompression, that is healthy. 0: unlimited, but of a body only the first ' +
          `${MATCHED_MEBIBYTES} MiB is matched with expressions; with a limit, all that it allows.`,
      ),
    compression: z
      .preprocess(inLowerCase, z.enum(COMPRESSIONS))
      .register(schemaHints, { or: { type: 'string', pattern: inAnyCase(COMPRESSIONS) } })
      .default('')
      .describe('What the body is compressed with. Empty: the body is taken as it comes.'),
    follow_redirects: boolean().optional().describe('Whether to follow redirects, up to 10.'),
    no_follow_redirects: boolean()
      .optional()
      .describe('The older opposite of follow_redirects. Where both are set, this one counts.'),
    fail_if_ssl: boolean().default(false).describe('Fail where the answer came over TLS.'),
    fail_if_not_ssl: boolean().default(false).describe('Fail where it did not.'),
    fail_if_body_matches_regexp: patterns(
      `Fail where the body matches one of these. ${MATCHED_PART}`,
    ),
    fail_if_body_not_matches_regexp: patterns(
      `Fail where the body does not match all of these. ${MATCHED_PART}`,
    ),
    fail_if_body_json_matches_cel: condition()
      .optional()
      .describe(`Fail where this CEL expression over \`body\` is true. ${JSON_PART}`),
    fail_if_body_json_not_matches_cel: condition()
      .optional()
      .describe(`Fail where this CEL expression over \`body\` is not true. ${JSON_PART}`),
    fail_if_header_matches: headerMatches('Fail where a header matches.'),
    fail_if_header_not_matches: headerMatches('Fail where a header does not match.'),
    basic_auth: basicAuth.optional().describe('Basic authentication.'),
    authorization: authorization.optional().describe('The Authorization header.'),
    bearer_token: secret().optional().describe('Bearer token; authorization is the newer way.'),
    bearer_token_file: z.string().optional().describe('File with the bearer token.'),
    oauth2: oauth2
      .optional()
      .describe('An access token of an OAuth 2.0 server, kept until it expires.'),
    tls_config: tlsConfig.optional().describe('TLS settings.'),
    ...addressOptions,
    ...proxyOptions,
    enable_http2: boolean()
      .default(true)
      .describe('Whether to offer HTTP/2 where TLS is spoken. Without TLS it is always HTTP/1.1.'),
    enable_http3: onlyFalse(NO_HTTP3).describe(`Only false: ${NO_HTTP3}.`),
  })
  .superRefine((options, context) => {
    for (const [path, message] of contradictions(options)) {
      context.addIssue({ code: 'custom', path: [path], message, input: options });
    }
  }, BESIDE_OTHER_PROBLEMS);

/** {@link httpOptions} as they are after parsing: defaults filled in, expressions compiled, secrets hidden. */
export type HttpOptions = z.output<typeof httpOptions>;

/** The `Host` header, where the module has none of its own that differs. */
export function withHostname(options: HttpOptions, hostname: string): HttpOptions | string {
  if (!isHeaderValue(hostname)) return 'has a line break';
  // A server may drop what is no part of a name, and take the rest for another one than was judged.
  if (/[\s\p{Cc},/\\?#@]/u.test(hostname)) return 'is no host name';
  const own = Object.entries(options.headers).find(([name]) => name.toLowerCase() === 'host')?.[1];
  if (own && own.reveal() !== hostname) {
    return 'differs from the Host header that the module itself sets';
  }
  const others = Object.entries(options.headers).filter(([name]) => name.toLowerCase() !== 'host');
  return {
    ...options,
    headers: { ...Object.fromEntries(others), Host: new Secret(hostname) },
  };
}

interface Contradictable extends ProxyContradictable, CredentialContradictable {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly compression: string;
  readonly body?: unknown;
  readonly body_file?: unknown;
}

function* contradictions(options: Contradictable): Generator<[path: string, message: string]> {
  if (isSet(options.body) && isSet(options.body_file)) {
    yield ['body_file', 'at most one of body and body_file can be set'];
  }
  yield* credentialContradictions(options);
  yield* proxyContradictions(options);
  yield* headerContradictions(options);
}

function* headerContradictions(
  options: Contradictable,
): Generator<[path: string, message: string]> {
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (!(value instanceof Secret)) continue;
    if (!isHeaderValue(value.reveal())) yield ['headers', `the value of ${name} has a line break`];
    if (name.toLowerCase() !== 'accept-encoding') continue;
    if (!acceptsEncoding(value.reveal(), options.compression)) {
      yield ['compression', `the header ${name} does not accept "${options.compression}"`];
    }
  }
}
