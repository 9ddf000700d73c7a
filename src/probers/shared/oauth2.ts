import { createPrivateKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { isSet, secretRef } from './http-credentials.ts';
import { proxyContradictions, proxyOptions } from './http-proxy.ts';
import { secretUrl } from './http-url.ts';
import { BESIDE_OTHER_PROBLEMS, markedSecret, secret } from './options.ts';
import { schemaHints } from './schema-hints.ts';
import { tlsConfig } from './tls-options.ts';

/** The grant of RFC 7523: a token for an assertion that is signed with a key. */
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

// Whether to look the target up first is said in one place, for the target.
const { skip_resolve_phase_with_proxy: _, ...proxy } = proxyOptions;

const TOKEN_URL_EXPECTED = 'expected a URL such as "https://idp.example.com/token"';

const tokenUrl = markedSecret(
  z
    .string()
    .refine(isHttpUrl, { error: TOKEN_URL_EXPECTED })
    .register(schemaHints, {
      $comment: 'URL',
      pattern: '^[hH][tT][tT][pP][sS]?://',
      patternErrorMessage: TOKEN_URL_EXPECTED,
      examples: ['https://idp.example.com/token'],
    })
    .transform(secretUrl),
);

/** The option block `oauth2`, as prometheus/common has it. */
export const oauth2 = z
  .strictObject({
    client_id: z.string().min(1).describe('Who asks for the token.'),
    client_secret: secret().optional().describe('Secret of the client.'),
    client_secret_file: z.string().optional().describe('File with the secret of the client.'),
    client_secret_ref: secretRef('client_secret or client_secret_file'),
    client_certificate_key: secret()
      .optional()
      .describe('PEM key (RSA) that signs the assertion, for the grant type jwt-bearer.'),
    client_certificate_key_file: z.string().optional().describe('File with that key.'),
    client_certificate_key_ref: secretRef('client_certificate_key or client_certificate_key_file'),
    client_certificate_key_id: z
      .string()
      .optional()
      .describe('Says in the assertion which key has signed it.'),
    grant_type: z
      .enum(['client_credentials', JWT_BEARER])
      .default('client_credentials')
      .describe('What the token is asked for with: a secret, or an assertion signed with a key.'),
    signature_algorithm: z
      .enum(['RS256', 'RS384', 'RS512'])
      .default('RS256')
      .describe('How the assertion is signed.'),
    iss: z.string().optional().describe('Issuer of the assertion. Absent: client_id.'),
    audience: z.string().optional().describe('Audience of the assertion. Absent: token_url.'),
    claims: z.record(z.string(), z.unknown()).default({}).describe('Further claims to assert.'),
    scopes: z.array(z.string()).default([]).describe('Scopes to ask for.'),
    token_url: tokenUrl.describe(
      'Where to ask for the token. User, password and query are never shown.',
    ),
    endpoint_params: z
      .record(z.string(), secret())
      .default({})
      .describe('Further parameters to ask with. The values are never shown.'),
    tls_config: tlsConfig.optional().describe('TLS settings for token_url.'),
    ...proxy,
  })
  .superRefine((options, context) => {
    for (const [path, message] of contradictions(options)) {
      context.addIssue({ code: 'custom', path: [path], message, input: options });
    }
  }, BESIDE_OTHER_PROBLEMS)
  .meta({ id: 'oauth2' });

/** {@link oauth2} as it is after parsing: defaults filled in, secrets hidden. */
export type OAuth2 = z.output<typeof oauth2>;

/** @throws {Error} where the text is no RSA private key. */
export function privateKey(pem: string): KeyObject {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType !== 'rsa') throw new Error('the key is no RSA key');
  return key;
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

function* contradictions(options: OAuth2): Generator<[path: string, message: string]> {
  for (const name of ['client_secret', 'client_certificate_key'] as const) {
    if (isSet(options[name]) && isSet(options[`${name}_file`])) {
      yield [`${name}_file`, `at most one of ${name} and ${name}_file can be set`];
    }
  }
  if (options.grant_type === JWT_BEARER) yield* keyProblems(options);
  const params = Object.keys(options.endpoint_params ?? {});
  if (params.includes('scope') && options.scopes?.length > 0) {
    yield ['endpoint_params', 'the parameter "scope" is set by scopes already'];
  }
  yield* proxyContradictions(options);
}

function* keyProblems(options: OAuth2): Generator<[path: string, message: string]> {
  const { client_certificate_key: key, client_certificate_key_file: file } = options;
  if (!isSet(key) && !isSet(file)) {
    yield [
      'grant_type',
      'the grant type jwt-bearer needs client_certificate_key or client_certificate_key_file',
    ];
  }
  if (!isSet(key) || !key) return;
  try {
    privateKey(key.reveal());
  } catch {
    yield ['client_certificate_key', 'client_certificate_key is no RSA private key in PEM'];
  }
}
