import { validateHeaderValue } from 'node:http';
import { z } from 'zod';
import { boolean, duration, emptyAs } from '../../probers/shared/options.ts';
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

const text = () => z.string().optional();
const version = () => z.enum(namesIn(TLS_VERSIONS)).optional();

/** `tls_server_config`. Whether the files are there and fit each other is not a matter of the schema. */
export const tlsSchema = readAsGo(
  z.strictObject({
    cert: text(),
    cert_file: text(),
    key: text(),
    key_file: text(),
    client_ca: text(),
    client_ca_file: text(),
    client_auth_type: emptyAs(
      'NoClientCert',
      z.enum([...CLIENT_AUTH_TYPES, CLIENT_AUTH_ALIAS], {
        error: `expected one of ${CLIENT_AUTH_TYPES.map((name) => JSON.stringify(name)).join(', ')}`,
      }),
    ).optional(),
    client_allowed_sans: z.array(z.string().min(1)).optional(),
    min_version: version(),
    max_version: version(),
    cipher_suites: z.array(z.enum([...namesIn(CIPHERS), ...TLS13_CIPHERS])).optional(),
    prefer_server_cipher_suites: boolean().optional(),
    curve_preferences: z.array(z.enum(namesIn(CURVES))).optional(),
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
    .optional();

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
    http2: boolean().optional(),
    headers: z
      .strictObject({
        'Content-Security-Policy': headerValue('Content-Security-Policy'),
        'X-Frame-Options': z.enum(['deny', 'sameorigin']).optional(),
        'X-Content-Type-Options': z.enum(['nosniff']).optional(),
        'X-XSS-Protection': headerValue('X-XSS-Protection'),
        'Strict-Transport-Security': headerValue('Strict-Transport-Security'),
      })
      .optional(),
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
    interval: duration().optional(),
    burst: z.int().min(0).max(MAX_BURST).optional(),
  }),
);

/** The file's own keys. Blocks are parsed one by one, so that a mistake in one does not hide those in the next. */
export const webFileSchema = readAsGo(
  z.strictObject({
    tls_server_config: z.unknown().optional(),
    http_server_config: z.unknown().optional(),
    basic_auth_users: z.unknown().optional(),
    rate_limit: z.unknown().optional(),
  }),
);
