import type { Secret } from '../../lib/secret.ts';
import { CREDENTIALS, type Credentials, isSet } from './http-credentials.ts';
import { clientKeyOption, type TlsConfig } from './tls-options.ts';

interface Client extends Credentials {
  readonly oauth2?: unknown;
  readonly tls_config?: TlsConfig | undefined;
}

/** The option of an HTTP client that shows a server who is asking, where one is set. */
export function clientCredentialOption(client: Client): string | undefined {
  const found = CREDENTIALS.find((option) => isSet(client[option]));
  return found ?? clientKeyOption('tls_config', client.tls_config);
}

// By name, for most headers are none: a list of the harmless would take an Origin or a tenant for a secret.
const CREDENTIAL_NAME =
  /auth|token|key|secret|cookie|session|pass|credential|signature|assertion|jwt|bearer/i;
const CREDENTIAL_VALUE = /^(?:bearer|basic|digest|token|apikey)\s+\S/i;

// Parts of a protocol that are called so.
const HANDSHAKE_NAME = /^(?:sec-websocket-key|access-control-.*|host)$/i;

/** Whether a header, or a key of metadata, most likely holds a credential, by its name or by one of its values. */
function holdsCredential(name: string, values: readonly Secret[]): boolean {
  if (CREDENTIAL_NAME.test(name) && !HANDSHAKE_NAME.test(name)) return true;
  return values.some((value) => CREDENTIAL_VALUE.test(value.reveal()));
}

interface HeaderSources {
  readonly values: readonly Secret[];
  readonly secrets: readonly Secret[];
  readonly files: readonly string[];
}

/** The first of headers with several values, secrets or files that holds a credential; `block` is where they stand. */
export function headersCredentialOption(
  block: string,
  headers: Readonly<Record<string, HeaderSources>>,
): string | undefined {
  const found = Object.entries(headers).find(
    ([name, { values, secrets, files }]) =>
      secrets.length > 0 || files.length > 0 || holdsCredential(name, values),
  );
  return found && `${block}.${found[0]}`;
}

/** The first of plain headers, or of metadata, that holds a credential; `block` is where they stand. */
export function plainHeadersCredentialOption(
  block: string,
  headers: Readonly<Record<string, Secret | readonly Secret[]>>,
): string | undefined {
  const found = Object.entries(headers).find(([name, values]) =>
    holdsCredential(name, [values].flat()),
  );
  return found && `${block}.${found[0]}`;
}
