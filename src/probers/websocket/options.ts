import { z } from 'zod';
import { addressOptions } from '../shared/address.ts';
import { dialogueStep } from '../shared/dialogue.ts';
import { authorization, basicAuth, credentialContradictions } from '../shared/http-credentials.ts';
import { httpHeaders } from '../shared/http-headers.ts';
import { proxyContradictions, proxyOptions } from '../shared/http-proxy.ts';
import { oauth2 } from '../shared/oauth2.ts';
import { BESIDE_OTHER_PROBLEMS, boolean, secret } from '../shared/options.ts';
import { schemaHints } from '../shared/schema-hints.ts';
import { tlsConfig } from '../shared/tls-options.ts';

const { skip_resolve_phase_with_proxy: _, ...proxy } = proxyOptions;

/** What `http_config` may hold since blackbox_exporter takes it, and what means nothing there as here. */
const INEFFECTIVE = {
  http_headers: httpHeaders,
  // All its options mean nothing: one line about them will do.
  oauth2: z
    .looseObject({})
    .pipe(oauth2)
    .register(schemaHints, { instead: { $ref: '#/definitions/oauth2' } })
    .optional(),
  ...proxy,
  follow_redirects: boolean().default(true),
  enable_http2: boolean().default(true),
};

const NO_EFFECT = 'Accepted for a blackbox.yml that has it, and without effect.';

const httpConfig = z
  .strictObject({
    basic_auth: basicAuth.optional().describe('Basic authentication.'),
    authorization: authorization.optional().describe('The Authorization header.'),
    bearer_token: secret().optional().describe('Bearer token; authorization is the newer way.'),
    bearer_token_file: z.string().optional().describe('File with the bearer token.'),
    tls_config: tlsConfig.optional().describe('TLS settings, for wss:// targets.'),
    ...withoutEffect(INEFFECTIVE),
  })
  .superRefine((config, context) => {
    const issue = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message, input: config });
    for (const [path, message] of credentialContradictions(config)) issue(path, message);
    for (const [path, message] of proxyContradictions(config)) issue(path, message);
  }, BESIDE_OTHER_PROBLEMS);

// The handshake writes these itself.
const OF_THE_HANDSHAKE = /^(?:upgrade|sec-websocket-(?:key|version|extensions|accept))$/i;

const messageStep = dialogueStep({
  expect: 'RE2 expression that the next message has to match.',
  expect_bytes: 'The exact bytes of the next message.',
  send: 'A text message to send. No line feed is added. Never shown.',
  send_bytes: 'A message of bytes to send. Never shown.',
  starttls: NO_EFFECT,
});

/** The options of the `websocket` prober. */
export const websocketOptions = z.strictObject({
  http_config: httpConfig.optional().describe('Credentials and TLS settings of the handshake.'),
  headers: httpHeaders
    .refine((headers) => !Object.keys(headers).some((name) => OF_THE_HANDSHAKE.test(name)), {
      error: 'Upgrade and Sec-WebSocket-Key, -Version, -Extensions and -Accept cannot be set',
    })
    .describe('Headers of the handshake, with values, secrets or files.'),
  query_response: z
    .array(messageStep)
    .default([])
    .describe('What to expect and to send, one step after the other.'),
  ...addressOptions,
});

/** {@link websocketOptions} after parsing. */
export type WebsocketOptions = z.output<typeof websocketOptions>;

const DEFAULTS = httpConfig.parse({});

/** The options of `http_config` that are set and mean nothing. */
export function ineffectiveOptions({ http_config: config }: WebsocketOptions): string[] {
  if (!config) return [];
  const names = Object.keys(INEFFECTIVE) as (keyof typeof INEFFECTIVE)[];
  return names.filter((name) => JSON.stringify(config[name]) !== JSON.stringify(DEFAULTS[name]));
}

function withoutEffect<S extends Readonly<Record<string, z.ZodType>>>(shape: S): S {
  const described = Object.entries(shape).map(([name, schema]) => [
    name,
    schema.describe(NO_EFFECT),
  ]);
  return Object.fromEntries(described) as S;
}
