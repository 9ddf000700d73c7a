import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { opensslReason, TLS_VERSIONS } from '../../probers/shared/tls-options.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { blockOf, type RawBlock } from './block.ts';
import {
  CIPHERS,
  CLIENT_AUTH_ALIAS,
  type ClientAuthType,
  CURVES,
  HTTP2_CIPHERS,
  TLS13_CIPHERS,
} from './names.ts';
import {
  certificateIn,
  checkAuthorities,
  type Pem,
  type PemSource,
  privateKeyIn,
  readPem,
} from './pem.ts';
import { type TlsBlock, tlsSchema } from './schema.ts';
import type { TlsMaterial } from './web-config.ts';

const PATH = ['tls_server_config'] as const;

/**
 * Reads `tls_server_config` with the files it names, and adds all that is wrong with them.
 *
 * @param http2 whether the file, or its default, says so.
 * @returns `undefined` where the block says nothing, or something is wrong.
 */
export async function readTls(
  written: unknown,
  http2: boolean,
  source: PemSource,
): Promise<TlsMaterial | undefined> {
  const { diagnostics } = source;
  const block = diagnostics.parse(tlsSchema, written, PATH);
  const raw = blockOf(written);
  if (Object.values(raw).every((value) => value === null || value === undefined)) return undefined;
  const pems = await readPems(raw, source);
  checkPair(raw, pems, diagnostics);
  if (!block) return undefined;
  checkVersions(block, diagnostics);
  checkCiphers(block, http2, diagnostics);
  checkClients(block, pems.clientCa, diagnostics);
  if (!pems.cert || !pems.key || diagnostics.problems.length > 0) return undefined;
  const context = contextOptions(block, {
    cert: pems.cert.text,
    key: pems.key.text,
    ca: pems.clientCa?.text,
  });
  try {
    createSecureContext(context);
  } catch (error) {
    diagnostics.add(PATH, `tls_server_config cannot be used: ${opensslReason(error)}`);
    return undefined;
  }
  return {
    context,
    clientAuthType: clientAuthType(block),
    clientAllowedSans: block.client_allowed_sans && new Set(block.client_allowed_sans),
  };
}

interface Pems {
  readonly cert: Pem | undefined;
  readonly key: Pem | undefined;
  readonly clientCa: Pem | undefined;
}

async function readPems(raw: RawBlock, source: PemSource): Promise<Pems> {
  const [cert, key, clientCa] = await Promise.all(
    (['cert', 'key', 'client_ca'] as const).map((option) => readPem(raw, option, source)),
  );
  return { cert, key, clientCa };
}

function checkPair(raw: RawBlock, { cert, key, clientCa }: Pems, diagnostics: Diagnostics): void {
  for (const option of ['cert', 'key']) {
    if (raw[option] || raw[`${option}_file`]) continue;
    diagnostics.add(PATH, `tls_server_config needs one of ${option} and ${option}_file`);
  }
  if (clientCa) checkAuthorities(clientCa, diagnostics);
  const certificate = cert && certificateIn(cert, diagnostics);
  const privateKey = key && privateKeyIn(key, diagnostics);
  if (!certificate || !privateKey || certificate.checkPrivateKey(privateKey)) return;
  const name = key.path.join('.');
  diagnostics.add(key.path, `${name}: this is not the key of the certificate in ${cert.path[1]}`);
}

type VersionName = keyof typeof TLS_VERSIONS;

const DEFAULT_MIN: VersionName = 'TLS12';
const DEFAULT_MAX: VersionName = 'TLS13';

function versionsOf({ min_version, max_version }: TlsBlock) {
  return { min: min_version ?? DEFAULT_MIN, max: max_version ?? DEFAULT_MAX };
}

function checkVersions(block: TlsBlock, diagnostics: Diagnostics): void {
  const { min, max } = versionsOf(block);
  // The names sort as the versions do.
  if (min <= max) return;
  const path = [...PATH, block.max_version ? 'max_version' : 'min_version'];
  const why = block.min_version ? '' : ', its default';
  diagnostics.add(
    path,
    `tls_server_config: max_version ${max} is older than min_version ${min}${why}`,
  );
}

function checkCiphers(block: TlsBlock, http2: boolean, diagnostics: Diagnostics): void {
  const { cipher_suites: names = [] } = block;
  if (names.length === 0 || versionsOf(block).min === 'TLS13') return;
  const path = [...PATH, 'cipher_suites'];
  if (!names.some((name) => name in CIPHERS)) {
    const message = 'expected a cipher suite of TLS 1.2 too, or min_version TLS13';
    diagnostics.add(path, `tls_server_config.cipher_suites: ${message}`);
  }
  if (!http2 || names.some((name) => HTTP2_CIPHERS.includes(name))) return;
  const wanted = HTTP2_CIPHERS.join(' or ');
  const message = `http2 is on, which needs ${wanted}; add one, or set http_server_config.http2 to false`;
  diagnostics.add(path, `tls_server_config.cipher_suites: ${message}`);
}

function clientAuthType({ client_auth_type: name }: TlsBlock): ClientAuthType {
  if (!name) return 'NoClientCert';
  return name === CLIENT_AUTH_ALIAS ? 'RequireAnyClientCert' : name;
}

const VERIFYING: readonly ClientAuthType[] = [
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
];

function checkClients(block: TlsBlock, clientCa: Pem | undefined, diagnostics: Diagnostics): void {
  const type = clientAuthType(block);
  if (clientCa && type === 'NoClientCert') {
    const message = 'has no effect unless client_auth_type asks for certificates';
    diagnostics.add(clientCa.path, `${clientCa.path.join('.')} ${message}`, 'key');
  }
  const hasCa = Boolean(block.client_ca || block.client_ca_file);
  if (!hasCa && type === 'RequireAndVerifyClientCert') {
    const why = 'otherwise whoever has a certificate of any public authority is let in';
    diagnostics.add(
      [...PATH, 'client_auth_type'],
      `tls_server_config: client_auth_type ${type} needs client_ca or client_ca_file, ${why}`,
    );
  }
  if (block.client_allowed_sans && !VERIFYING.includes(type)) {
    const why = `with ${type} anybody can write any name into a certificate`;
    diagnostics.add(
      [...PATH, 'client_allowed_sans'],
      `tls_server_config.client_allowed_sans needs client_auth_type ${VERIFYING.join(' or ')}, ${why}`,
      'key',
    );
  }
}

function contextOptions(
  block: TlsBlock,
  pem: { cert: string; key: string; ca: string | undefined },
): SecureContextOptions {
  const { cipher_suites: ciphers = [], curve_preferences: curves = [] } = block;
  const { min, max } = versionsOf(block);
  const names = ciphers.flatMap((name) => (isOld(name) ? CIPHERS[name] : []));
  // OpenSSL 3 counts what TLS 1.0 and 1.1 have as too weak for its default level.
  const level = min < 'TLS12' ? ['@SECLEVEL=0'] : [];
  const list = names.length > 0 ? names : ['DEFAULT'];
  return {
    cert: pem.cert,
    key: pem.key,
    ...(pem.ca !== undefined && { ca: pem.ca }),
    minVersion: TLS_VERSIONS[min],
    maxVersion: TLS_VERSIONS[max],
    honorCipherOrder: block.prefer_server_cipher_suites ?? true,
    ...((names.length > 0 || level.length > 0) && {
      ciphers: [...TLS13_CIPHERS, ...list, ...level].join(':'),
    }),
    ...(curves.length > 0 && { ecdhCurve: curves.map((name) => CURVES[name]).join(':') }),
  };
}

function isOld(name: string): name is keyof typeof CIPHERS {
  return name in CIPHERS;
}
