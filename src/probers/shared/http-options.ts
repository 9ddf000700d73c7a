import { z } from 'zod';
import { Secret } from '../../lib/secret.ts';
import { addressOptions } from './address.ts';
import { acceptsEncoding } from './http-body.ts';
import { authorization, basicAuth } from './http-credentials.ts';
import { headerName, httpHeaders, isHeaderValue } from './http-headers.ts';
import { BESIDE_OTHER_PROBLEMS, boolean, byteSize, secret } from './options.ts';
import { regexp } from './regexp.ts';
import { tlsConfig } from './tls-options.ts';

/** As much of a body as is matched where no body_size_limit is set: any page a person wrote, and cheap. */
export const MATCHED_MEBIBYTES = 1;

const headerMatch = z.strictObject({
  header: headerName().describe('Name of the header, in any case.'),
  regexp: regexp().describe('RE2 expression to look for in each value of the header.'),
  allow_missing: boolean().default(false).describe('Whether the header may be absent.'),
});

const MATCHED_PART =
  `Only the first ${MATCHED_MEBIBYTES} MiB is looked at, ` +
  'or all that body_size_limit allows where that is set.';

const patterns = (description: string) => z.array(regexp()).default([]).describe(description);
const headerMatches = (description: string) =>
  z.array(headerMatch).default([]).describe(description);

const headerValue = z
  .union([z.string(), z.number(), z.boolean()])
  .transform((value) => new Secret(String(value)));

const onlyFalse = (message: string) =>
  boolean()
    .refine((value) => !value, { error: message })
    .default(false);

/** The options of the `http` prober: blackbox_exporter's `http` block with its `http_client_config`. */
export const httpOptions = z
  .strictObject({
    valid_status_codes: z
      .array(z.int().min(100).max(999))
      .default([])
      .describe('Status codes that are healthy. Empty: 200 to 299.'),
    valid_http_versions: z
      .array(z.string())
      .default([])
      .describe('Versions that are healthy, such as "HTTP/1.1". Empty: any.'),
    method: z
      .string()
      .regex(/^[A-Za-z]+$/, 'expected an HTTP method such as "GET"')
      .refine((method) => method.toUpperCase() !== 'CONNECT', {
        error: 'CONNECT asks for a tunnel, of which no answer comes that could be judged',
      })
      .default('GET')
      .describe('Request method.'),
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
      .enum(['', 'gzip', 'br', 'deflate', 'identity'])
      .default('')
      .describe('What the body is compressed with. Empty: the body is taken as it comes.'),
    follow_redirects: boolean().optional().describe('Whether to follow redirects, up to 10.'),
    no_follow_redirects: boolean().optional().describe('The opposite of follow_redirects.'),
    fail_if_ssl: boolean().default(false).describe('Fail where the answer came over TLS.'),
    fail_if_not_ssl: boolean().default(false).describe('Fail where it did not.'),
    fail_if_body_matches_regexp: patterns(
      `Fail where the body matches one of these. ${MATCHED_PART}`,
    ),
    fail_if_body_not_matches_regexp: patterns(
      `Fail where the body does not match all of these. ${MATCHED_PART}`,
    ),
    fail_if_header_matches: headerMatches('Fail where a header matches.'),
    fail_if_header_not_matches: headerMatches('Fail where a header does not match.'),
    basic_auth: basicAuth.optional().describe('Basic authentication.'),
    authorization: authorization.optional().describe('The Authorization header.'),
    bearer_token: secret().optional().describe('Bearer token; authorization is the newer way.'),
    bearer_token_file: z.string().optional().describe('File with the bearer token.'),
    tls_config: tlsConfig.optional().describe('TLS settings.'),
    ...addressOptions,
    enable_http2: onlyFalse('HTTP/2 is not spoken yet, requests go out as HTTP/1.1').describe(
      'Only false for now.',
    ),
    enable_http3: onlyFalse('HTTP/3 is not spoken, requests go out as HTTP/1.1').describe(
      'Only false.',
    ),
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
  const own = Object.entries(options.headers).find(([name]) => name.toLowerCase() === 'host')?.[1];
  if (own && own.reveal() !== hostname) {
    return `differs from the Host header of the module, ${JSON.stringify(own.reveal())}`;
  }
  const others = Object.entries(options.headers).filter(([name]) => name.toLowerCase() !== 'host');
  return {
    ...options,
    headers: { ...Object.fromEntries(others), Host: new Secret(hostname) },
  };
}

interface Contradictable {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly compression: string;
  readonly body?: unknown;
  readonly body_file?: unknown;
  readonly follow_redirects?: boolean | undefined;
  readonly no_follow_redirects?: boolean | undefined;
  readonly bearer_token?: unknown;
  readonly bearer_token_file?: unknown;
  readonly basic_auth?: unknown;
  readonly authorization?: unknown;
}

function* contradictions(options: Contradictable): Generator<[path: string, message: string]> {
  if (options.body && options.body_file) {
    yield ['body_file', 'at most one of body and body_file can be set'];
  }
  const auth = AUTH_OPTIONS.filter((name) => options[name]);
  if (auth.length > 1) {
    yield [auth[1] ?? '', `at most one of ${AUTH_OPTIONS.join(', ')} can be set`];
  }
  const { follow_redirects: follow, no_follow_redirects: noFollow } = options;
  if (follow !== undefined && follow === noFollow) {
    yield [
      'no_follow_redirects',
      `"no_follow_redirects: ${noFollow}" contradicts "follow_redirects: ${follow}", set only one of them`,
    ];
  }
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

const AUTH_OPTIONS = ['basic_auth', 'authorization', 'bearer_token', 'bearer_token_file'] as const;
