import { validateHeaderValue } from 'node:http';
import { z } from 'zod';
import { boolean, duration, emptyAs } from '../../probers/shared/options.ts';
import { schemaHints } from '../../probers/shared/schema-hints.ts';
import { TLS_VERSIONS } from '../../probers/shared/tls-options.ts';
import { readAsGo } from '../go-values.ts';
import {
  CIPHERS,
  CLIENT_AUTH_ALIAS,
  CLIENT_AUTH_TYPES,
  CURVES,
  namesIn,
  TLS13_CIPHERS,
} from './names.ts';

const text = (description: string) => z.string().optional().describe(description);
const version = (description: string) =>
  z.enum(namesIn(TLS_VERSIONS)).optional().describe(description);

/** `tls_server_config`. Whether the files are there and fit each other is not a matter of the schema. */
export const tlsSchema = readAsGo(
  z.strictObject({
    cert: text('PEM certificate of the server, with its intermediates. It or cert_file is needed.'),
    cert_file: text('File with the PEM certificate of the server, with its intermediates.'),
    key: text('PEM private key of the certificate, not encrypted. It or key_file is needed.'),
    key_file: text('File with the PEM private key of the certificate.'),
    client_ca: text('PEM certificates of the authorities that sign those of clients.'),
    client_ca_file: text('File with the PEM certificates of these authorities.'),
    client_auth_type: emptyAs(
      'NoClientCert',
      z.enum([...CLIENT_AUTH_TYPES, CLIENT_AUTH_ALIAS], {
        error: `expected one of ${CLIENT_AUTH_TYPES.map((name) => JSON.stringify(name)).join(', ')}`,
      }),
    )
      .optional()
      .describe(
        'Whether clients have to show a certificate. Only RequireAndVerifyClientCert keeps strangers out. Absent: NoClientCert.',
      ),
    client_allowed_sans: z
      .array(z.string().min(1))
      .optional()
      .describe(
        'Names of which one has to stand in the certificate of a client: host, IP or mail address, URI.',
      ),
    min_version: version('The oldest TLS version that is spoken. Absent: TLS12.'),
    max_version: version('The newest TLS version that is spoken. Absent: TLS13.'),
    cipher_suites: z
      .array(z.enum([...namesIn(CIPHERS), ...TLS13_CIPHERS]))
      .optional()
      .describe('The ciphers of TLS up to 1.2; those of TLS 1.3 are all in force anyway.'),
    prefer_server_cipher_suites: boolean()
      .optional()
      .describe("Whether the order of cipher_suites counts, or the client's. Absent: true."),
    curve_preferences: z
      .array(z.enum(namesIn(CURVES)))
      .optional()
      .describe('The curves for the key exchange, the best first.'),
  }),
);

/** {@link tlsSchema} after parsing. */
export type TlsBlock = z.output<typeof tlsSchema>;

/** Text that can stand in a header; empty where the header is not to be sent. */
const headerValue = (name: string) =>
  z
    .string()
    .refine(
      (value) => isHeaderValue(name, value),
      'expected text without line breaks and control characters',
    )
    .register(schemaHints, { pattern: HEADER_VALUE })
    .optional()
    .describe(`The header ${name} of every answer.`);

// What validateHeaderValue() takes.
const HEADER_VALUE = String.raw`^[\t\x20-\x7e\x80-\xff]*$`;

function isHeaderValue(name: string, value: string): boolean {
  try {
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

/** `http_server_config`. Other headers than these are none of the format's. */
export const httpSchema = readAsGo(
  z.strictObject({
    http2: boolean()
      .optional()
      .describe('Accepted, and without effect: HTTP/2 is not served. Absent: true.'),
    headers: z
      .strictObject({
        'Content-Security-Policy': headerValue('Content-Security-Policy'),
        'X-Frame-Options': z
          .enum(['deny', 'sameorigin'])
          .optional()
          .describe('Whether a page of the exporter may stand in a frame.'),
        'X-Content-Type-Options': z
          .enum(['nosniff'])
          .optional()
          .describe('Browsers are not to guess what kind of file an answer is.'),
        'X-XSS-Protection': headerValue('X-XSS-Protection'),
        'Strict-Transport-Security': headerValue('Strict-Transport-Security'),
      })
      .optional()
      .describe('Headers of every answer; these and no others.'),
  }),
);

/**
 * What bcrypt writes. From cost 16 on one comparison takes longer than Prometheus waits for an answer (86 ms at cost
 * 10, doubled by each step), and holds up all others meanwhile.
 */
const BCRYPT = /^\$2[aby]\$(?:0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}$/;
const BCRYPT_EXPECTED =
  'expected a bcrypt hash of cost 4 to 15, as "htpasswd -nBC 10 name" writes it after the colon';

/** `basic_auth_users`: names and hashes. */
export const usersSchema = readAsGo(
  z.record(
    z
      .string()
      .regex(/^[^:]*$/, 'expected a name without ":", for that ends the name when it is sent'),
    z.string({ error: BCRYPT_EXPECTED }).regex(BCRYPT, BCRYPT_EXPECTED),
  ),
);

/** More tokens than any server answers requests before they are used up. */
const MAX_BURST = 1_000_000;

/** `rate_limit`. An interval of 0 limits nothing. Output: seconds. */
export const rateLimitSchema = readAsGo(
  z.strictObject({
    interval: duration()
      .optional()
      .describe('The time in which one more request may come. 0 and absent: no limit.'),
    burst: z
      .int()
      .min(0)
      .max(MAX_BURST)
      .optional()
      .describe('How many requests may come at once. Absent: 0.'),
  }),
);

/** What stands in each block of the file. */
export const webBlockSchemas = {
  tls_server_config: tlsSchema,
  http_server_config: httpSchema,
  basic_auth_users: usersSchema,
  rate_limit: rateLimitSchema,
} as const;

/** The file's own keys. Blocks are parsed one by one, so that a mistake in one does not hide those in the next. */
export const webFileSchema = readAsGo(
  z.strictObject({
    tls_server_config: z.unknown().optional().describe('TLS. Absent: plain HTTP.'),
    http_server_config: z.unknown().optional().describe('Headers of every answer.'),
    basic_auth_users: z
      .unknown()
      .optional()
      .describe(
        'Names of users, and bcrypt hashes of their passwords. Where there are some, everybody is asked for a password.',
      ),
    rate_limit: z.unknown().optional().describe('How many requests are answered, all together.'),
  }),
);
