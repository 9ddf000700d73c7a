import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readOptionFile } from '../../probers/shared/files.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { type RawBlock, textIn } from './block.ts';

/** The option of `tls_server_config` that is meant, inline (`cert`) or as a file (`cert_file`). */
type PemOption = 'cert' | 'key' | 'client_ca';

/** PEM text with the key of the file that it came by, so that problems are told there. */
export interface Pem {
  readonly text: string;
  readonly path: readonly string[];
}

/** Where to find files, and where to tell what is wrong with them. */
export interface PemSource {
  /** Makes an absolute path of one as it stands in the file. */
  readonly resolve: (path: string) => string;
  readonly diagnostics: Diagnostics;
}

const BLOCK = 'tls_server_config';
const NEVER = new AbortController().signal;

/** Reads an option given inline or as a file; adds a problem where it is given twice or cannot be read. */
export async function readPem(
  block: RawBlock,
  option: PemOption,
  { resolve, diagnostics }: PemSource,
): Promise<Pem | undefined> {
  const inline = textIn(block, option);
  const file = textIn(block, `${option}_file`);
  if (inline !== undefined && file !== undefined) {
    const message = `${BLOCK}: at most one of ${option} and ${option}_file can be set`;
    diagnostics.add([BLOCK, `${option}_file`], message, 'key');
  }
  if (inline !== undefined) return { text: inline, path: [BLOCK, option] };
  if (file === undefined) return undefined;
  const path = [BLOCK, `${option}_file`];
  try {
    const bytes = await readOptionFile(path.join('.'), resolve(file), NEVER);
    return { text: bytes.toString('latin1'), path };
  } catch (error) {
    diagnostics.add(path, error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

const CERTIFICATES_EXPECTED =
  'expected certificates in PEM form, as in "-----BEGIN CERTIFICATE-----"';

/** The first certificate, the one of the server itself; a problem is added where there is none. */
export function certificateIn(pem: Pem, diagnostics: Diagnostics): X509Certificate | undefined {
  const certificate = parseCertificate(pem.text);
  if (!certificate) refuse(pem, CERTIFICATES_EXPECTED, diagnostics);
  return certificate;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Adds a problem unless all are certificates: OpenSSL passes over what is none, and then trusts nobody. */
export function checkAuthorities(pem: Pem, diagnostics: Diagnostics): void {
  const certificates = pem.text.match(CERTIFICATE) ?? [];
  if (certificates.length > 0 && certificates.every(parseCertificate)) return;
  refuse(pem, CERTIFICATES_EXPECTED, diagnostics);
}

function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** The private key; a problem is added where it is none, or encrypted. */
export function privateKeyIn(pem: Pem, diagnostics: Diagnostics): KeyObject | undefined {
  try {
    return createPrivateKey(pem.text);
  } catch (error) {
    const isEncrypted = error instanceof Error && 'code' in error && error.code === NO_PASSPHRASE;
    const expected = isEncrypted
      ? 'expected a key that is not encrypted, for nobody is there to give the passphrase'
      : 'expected a private key in PEM form, as in "-----BEGIN PRIVATE KEY-----"';
    refuse(pem, expected, diagnostics);
    return undefined;
  }
}

function refuse({ path }: Pem, expected: string, diagnostics: Diagnostics): void {
  diagnostics.add(path, `${path.join('.')}: ${expected}`);
}

const NO_PASSPHRASE = 'ERR_MISSING_PASSPHRASE';
