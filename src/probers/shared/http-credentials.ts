import { z } from 'zod';
import { Secret } from '../../lib/secret.ts';
import { readSecretFile } from './files.ts';
import { BESIDE_OTHER_PROBLEMS, secret } from './options.ts';
import { schemaHints } from './schema-hints.ts';

/** Whether an option says something: an empty one counts as absent, as Go has it. */
export function isSet(value: unknown): boolean {
  return value instanceof Secret ? value.reveal() !== '' : Boolean(value);
}

/** An option that names a secret of a secret provider, of which Prometheus has some and nobody else. */
export const secretRef = (instead: string) =>
  z
    .unknown()
    .refine((value) => !isSet(value), {
      error: `there are no secret providers here, expected ${instead} in its place`,
    })
    .register(schemaHints, { $comment: 'nothing', enum: ['', null] })
    .optional()
    .describe(`Refused: there are no secret providers here. See ${instead}.`);

/** The option block `basic_auth`. */
export const basicAuth = z
  .strictObject({
    username: z.string().optional().describe('User name.'),
    username_file: z.string().optional().describe('File with the user name.'),
    username_ref: secretRef('username or username_file'),
    password: secret().optional().describe('Password.'),
    password_file: z.string().optional().describe('File with the password.'),
    password_ref: secretRef('password or password_file'),
  })
  .superRefine((auth, context) => {
    const issue = (message: string) => context.addIssue({ code: 'custom', message, input: auth });
    if (isSet(auth.username) && isSet(auth.username_file)) {
      issue('at most one of username and username_file can be set');
    }
    if (isSet(auth.password) && isSet(auth.password_file)) {
      issue('at most one of password and password_file can be set');
    }
  }, BESIDE_OTHER_PROBLEMS)
  .meta({ id: 'basic_auth' });

const BASIC_BELONGS_ELSEWHERE = 'type "Basic" belongs into basic_auth';

/** The option block `authorization`. */
export const authorization = z
  .strictObject({
    type: z
      .string()
      .trim()
      .default('Bearer')
      .refine((type) => type.toLowerCase() !== 'basic', {
        error: BASIC_BELONGS_ELSEWHERE,
      })
      .register(schemaHints, {
        pattern: '^(?!\\s*[bB][aA][sS][iI][cC]\\s*$)',
        patternErrorMessage: BASIC_BELONGS_ELSEWHERE,
      })
      .describe('The scheme of the Authorization header.'),
    credentials: secret().optional().describe('What follows the scheme.'),
    credentials_file: z.string().optional().describe('File with what follows the scheme.'),
    credentials_ref: secretRef('credentials or credentials_file'),
  })
  .refine((value) => !(isSet(value.credentials) && isSet(value.credentials_file)), {
    error: 'at most one of credentials and credentials_file can be set',
  })
  .meta({ id: 'authorization' });

/** Who to say one is: at most one of these is set. */
export interface Credentials {
  readonly basic_auth?: z.output<typeof basicAuth> | undefined;
  readonly authorization?: z.output<typeof authorization> | undefined;
  readonly bearer_token?: Secret | undefined;
  readonly bearer_token_file?: string | undefined;
}

/**
 * The value of the `Authorization` header; files are read anew. Without options, the URL's own user and password.
 *
 * @throws {ProbeFailure} `not_found` or `permission` where a file is no good.
 */
export async function authorizationHeader(
  url: URL,
  options: Credentials,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { basic_auth: basic, authorization, bearer_token: token } = options;
  if (basic) {
    const { username = '', username_file, password, password_file } = basic;
    const user = username_file
      ? await readSecretFile('basic_auth.username_file', username_file, signal)
      : username;
    const secret = password_file
      ? await readSecretFile('basic_auth.password_file', password_file, signal)
      : (password?.reveal() ?? '');
    return basicAuthorization(user, secret);
  }
  if (authorization) {
    const { type, credentials, credentials_file: file } = authorization;
    const secret = file
      ? await readSecretFile('authorization.credentials_file', file, signal)
      : (credentials?.reveal() ?? '');
    return `${type} ${secret}`;
  }
  if (token && isSet(token)) return `Bearer ${token.reveal()}`;
  if (options.bearer_token_file) {
    return `Bearer ${await readSecretFile('bearer_token_file', options.bearer_token_file, signal)}`;
  }
  if (url.username === '' && url.password === '') return undefined;
  return basicAuthorization(decoded(url.username), decoded(url.password));
}

/** The value of an `Authorization` header, or of a proxy's. */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** The user or the password of a URL, without its percent signs where they stand for something. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The options by which an HTTP client shows a server who is asking. */
export const CREDENTIALS = [
  'basic_auth',
  'authorization',
  'oauth2',
  'bearer_token',
  'bearer_token_file',
] as const;

/** Options of which at most one may be set. */
export type CredentialContradictable = Readonly<
  Partial<Record<(typeof CREDENTIALS)[number], unknown>>
>;

/** What is wrong with options that say in two ways who one is, and at which of them. */
export function* credentialContradictions(
  options: CredentialContradictable,
): Generator<[path: string, message: string]> {
  const set = CREDENTIALS.filter((name) => isSet(options[name]));
  if (set.length > 1) yield [set[1] ?? '', `at most one of ${CREDENTIALS.join(', ')} can be set`];
}
