import { constants, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { z } from 'zod';
import { ProbeFailure } from '../failure.ts';
import { fileVersion, readOptionFile } from './files.ts';
import { BESIDE_OTHER_PROBLEMS, boolean, secret } from './options.ts';
import { trustingContext } from './trust.ts';

/** TLS versions by their names in the configuration, the oldest first. */
export const TLS_VERSIONS = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
} as const;

const version = () => z.enum(['TLS10', 'TLS11', 'TLS12', 'TLS13']).optional();

/** The option block `tls_config`, as blackbox_exporter has it. */
export const tlsConfig = z
  .strictObject({
    ca: z
      .string()
      .optional()
      .describe(
        'PEM certificates to trust, instead of the store of the system and the list of Node.js.',
      ),
    ca_file: z.string().optional().describe('File with PEM certificates to trust instead.'),
    cert: z.string().optional().describe('PEM client certificate, with its intermediates.'),
    cert_file: z.string().optional().describe('File with the PEM client certificate.'),
    key: secret().optional().describe('PEM key of the client certificate.'),
    key_file: z.string().optional().describe('File with the PEM key of the client certificate.'),
    server_name: z
      .string()
      .regex(/^[^\s\p{Cc}]*$/u, 'expected a host name, without spaces and control characters')
      .optional()
      .describe(
        'The name to ask for (SNI) and to verify. Absent or empty: the host of the target.',
      ),
    insecure_skip_verify: boolean()
      .default(false)
      .describe('Accept any certificate. Its metrics are exported all the same.'),
    min_version: version().describe('The oldest TLS version to accept. Absent: TLS12.'),
    max_version: version().describe('The newest TLS version to offer. Absent: TLS13.'),
  })
  .superRefine((config, context) => {
    const issue = (message: string) => context.addIssue({ code: 'custom', message, input: config });
    for (const name of ['ca', 'cert', 'key'] as const) {
      if (config[name] && config[`${name}_file`]) {
        issue(`at most one of ${name} and ${name}_file can be set`);
      }
    }
    if (hasCertificate(config) !== hasKey(config)) {
      issue('a client certificate needs both cert (or cert_file) and key (or key_file)');
    }
    const { min_version: min, max_version: max } = config;
    if (min && max && min > max) issue(`min_version ${min} is newer than max_version ${max}`);
    const unusable = context.issues.length === 0 ? inlineProblem(config) : undefined;
    if (unusable) issue(unusable);
  }, BESIDE_OTHER_PROBLEMS)
  .meta({ id: 'tls_config' });

/** {@link tlsConfig} as it is after parsing: defaults filled in, the key hidden. */
export type TlsConfig = z.output<typeof tlsConfig>;

interface Cached {
  readonly versions: string;
  readonly context: SecureContext;
}

const NO_CONFIG = {};
// Making a context parses every certificate it trusts: half a millisecond that no probe needs to spend.
const contexts = new WeakMap<object, Cached>();

/**
 * The OpenSSL context for a configuration: made once, and again when a file it came from has changed.
 *
 * @throws {ProbeFailure} `not_found`, `permission` or `tls` where the files are no good.
 */
export async function secureContext(
  config: TlsConfig | undefined,
  signal: AbortSignal,
): Promise<SecureContext> {
  const key = config ?? NO_CONFIG;
  const cached = contexts.get(key);
  if (cached && !hasFiles(config)) return cached.context;
  const versions = await fileVersions(config, signal);
  if (cached?.versions === versions) return cached.context;
  const context = await makeContext(config, signal);
  contexts.set(key, { versions, context });
  return context;
}

function hasFiles(config: TlsConfig | undefined): boolean {
  return Boolean(config?.ca_file || config?.cert_file || config?.key_file);
}

async function fileVersions(config: TlsConfig | undefined, signal: AbortSignal): Promise<string> {
  const versions = FILE_OPTIONS.map(async (option) => {
    const path = config?.[option];
    return path ? fileVersion(`tls_config.${option}`, path, signal) : '';
  });
  return (await Promise.all(versions)).join();
}

const FILE_OPTIONS = ['ca_file', 'cert_file', 'key_file'] as const;

async function makeContext(
  config: TlsConfig | undefined,
  signal: AbortSignal,
): Promise<SecureContext> {
  const [ca, cert, key] = await Promise.all(
    FILE_OPTIONS.map(async (option) => {
      const path = config?.[option];
      return path ? readOptionFile(`tls_config.${option}`, path, signal) : undefined;
    }),
  );
  try {
    if (ca) assertCertificate(ca);
    return trustingContext(ca?.toString('latin1') ?? (config?.ca || undefined), {
      ...contextOptions(config),
      ...(cert && { cert }),
      ...(key && { key }),
    });
  } catch (error) {
    throw new ProbeFailure('tls', `tls_config cannot be used: ${opensslReason(error)}`, {
      cause: error,
    });
  }
}

function inlineProblem(config: TlsConfig): string | undefined {
  const { ca, cert, key } = config;
  try {
    if (ca) assertCertificate(ca);
    if (cert && key) createSecureContext({ cert, key: key.reveal() });
    return undefined;
  } catch (error) {
    return `the certificates or the key cannot be used: ${opensslReason(error)}`;
  }
}

/** OpenSSL's context silently trusts nobody where `ca` is garbage. */
function assertCertificate(pem: string | Buffer): void {
  new X509Certificate(pem);
}

function contextOptions(config: TlsConfig | undefined): SecureContextOptions {
  const { cert, key, min_version: min, max_version: max } = config ?? {};
  // OpenSSL 3 counts the ciphers of TLS 1.0 and 1.1 as too weak for its default level.
  const old = min === 'TLS10' || min === 'TLS11';
  return {
    // Servers of before 2010 cannot renegotiate safely. We never renegotiate.
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
    ...(cert && { cert }),
    ...(key && { key: key.reveal() }),
    ...(min && { minVersion: TLS_VERSIONS[min] }),
    ...(max && { maxVersion: TLS_VERSIONS[max] }),
    ...(max && !min && max < 'TLS12' && { minVersion: TLS_VERSIONS[max] }),
    ...((old || (max && max < 'TLS12')) && { ciphers: 'DEFAULT:@SECLEVEL=0' }),
  };
}

/** The option of a `tls_config` at this path that holds the key of a client certificate, where one does. */
export function clientKeyOption(path: string, config: TlsConfig | undefined): string | undefined {
  if (config?.key) return `${path}.key`;
  return config?.key_file ? `${path}.key_file` : undefined;
}

const anonymous = new WeakMap<TlsConfig, TlsConfig>();

/** The same configuration without its client certificate, for a peer that is not to know who is asking. */
export function withoutClientCertificate(config: TlsConfig | undefined): TlsConfig | undefined {
  if (!config || !hasKey(config)) return config;
  // Made once: the context of OpenSSL hangs on the identity of its configuration.
  let without = anonymous.get(config);
  if (!without) {
    const { cert, cert_file, key, key_file, ...others } = config;
    without = others;
    anonymous.set(config, without);
  }
  return without;
}

function hasCertificate({ cert, cert_file }: { cert?: unknown; cert_file?: unknown }): boolean {
  return Boolean(cert || cert_file);
}

function hasKey({ key, key_file }: { key?: unknown; key_file?: unknown }): boolean {
  return Boolean(key || key_file);
}

/** OpenSSL's own word for what went wrong: text of the library, never of the peer. */
export function opensslReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('reason' in error && typeof error.reason === 'string') return error.reason;
  return error.message.replace(/^error:[0-9A-F]+:[^:]*:[^:]*:/i, '');
}
