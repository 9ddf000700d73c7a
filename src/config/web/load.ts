import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createDiagnostics, type Diagnostics } from '../diagnostics.ts';
import { parseDocument } from '../document.ts';
import { ConfigError } from '../problem.ts';
import { readText } from '../text-file.ts';
import { blockOf, textIn } from './block.ts';
import { httpSchema, rateLimitSchema, usersSchema, webFileSchema } from './schema.ts';
import { readTls } from './tls.ts';
import type { RateLimit, WebConfig } from './web-config.ts';

/**
 * Reads and validates a web configuration file; see {@link parseWebConfig}.
 *
 * @throws {ConfigError} with every problem found.
 */
export async function loadWebConfig(file: string): Promise<WebConfig> {
  return parseWebConfig(file, await readWebText(file));
}

/**
 * Reads the text of a web configuration file. A pipe is refused: it can be read once, and what is read of it the next
 * time is empty, which would let everybody in.
 *
 * @throws {ConfigError} as {@link readText}, and where it is a pipe.
 */
export async function readWebText(file: string): Promise<string> {
  // Where there is none, readText() says so.
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFIFO()) return readText(file);
  const message =
    'is a pipe, expected a regular file: it is read again whenever it may have changed';
  throw new ConfigError({ file, text: '' }, [{ offset: undefined, message }]);
}

/**
 * Validates the text of a web configuration file, in the format of Prometheus' exporter-toolkit, and reads the
 * certificates it names. A file that says nothing asks for nothing: no TLS, no users.
 *
 * @param file its name; relative paths start where it is.
 * @throws {ConfigError} with every problem found.
 */
export async function parseWebConfig(file: string, written: string): Promise<WebConfig> {
  const text = written.replace(/^\uFEFF/, '');
  const source = { file, text };
  if (text.trim() === '') return NOTHING;
  const { document, problems } = parseDocument(text);
  if (!document) throw new ConfigError(source, problems);
  const diagnostics = createDiagnostics(document, text);
  const config = await readBlocks(document.value, file, diagnostics);
  if (diagnostics.problems.length > 0) throw new ConfigError(source, diagnostics.problems);
  return config;
}

const NOTHING: WebConfig = {
  tls: undefined,
  headers: [],
  users: new Map(),
  rateLimit: undefined,
  files: [],
};

const PEM_FILES = ['cert_file', 'key_file', 'client_ca_file'];

async function readBlocks(
  value: unknown,
  file: string,
  diagnostics: Diagnostics,
): Promise<WebConfig> {
  diagnostics.parse(webFileSchema, value ?? {}, []);
  const raw = blockOf(value);
  const absolute = (path: string) => resolve(dirname(file), path);
  const read = <T>(key: string, parse: (block: unknown) => T): T => parse(raw[key] ?? {});
  const http = read('http_server_config', (block) =>
    diagnostics.parse(httpSchema, block, ['http_server_config']),
  );
  const users = read('basic_auth_users', (block) =>
    diagnostics.parse(usersSchema, block, ['basic_auth_users']),
  );
  const limit = read('rate_limit', (block) =>
    diagnostics.parse(rateLimitSchema, block, ['rate_limit']),
  );
  const tls = await read('tls_server_config', (block) =>
    readTls(block, http?.http2 ?? true, {
      resolve: absolute,
      diagnostics,
    }),
  );
  return {
    tls,
    headers: Object.entries(http?.headers ?? {}).flatMap(([name, header]) =>
      header ? [[name, header] as const] : [],
    ),
    users: new Map(Object.entries(users ?? {})),
    rateLimit: rateLimitOf(limit),
    files: PEM_FILES.flatMap((key) => textIn(blockOf(raw.tls_server_config), key) ?? []).map(
      absolute,
    ),
  };
}

function rateLimitOf(
  block: { interval?: number | undefined; burst?: number | undefined } | undefined,
): RateLimit | undefined {
  if (!block?.interval) return undefined;
  return { intervalSeconds: block.interval, burst: block.burst ?? 0 };
}
