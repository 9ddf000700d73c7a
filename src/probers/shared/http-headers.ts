import { validateHeaderName } from 'node:http';
import { z } from 'zod';
import { ProbeFailure } from '../failure.ts';
import { readSecretFile } from './files.ts';
import { secret } from './options.ts';
import { schemaHints } from './schema-hints.ts';

// RFC 9110, 5.6.2.
const TOKEN = "^[\\w!#$%&'*+.^`|~-]+$";

/** An option that is the name of a header. */
export const headerName = () =>
  z
    .string()
    .refine(isHeaderName, { error: 'expected the name of an HTTP header' })
    .register(schemaHints, { pattern: TOKEN });

// What changes the connection, or is set in other ways: prometheus/common's list.
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  'accept-encoding',
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'user-agent',
  'www-authenticate',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-security-token',
  'x-prometheus-remote-read-version',
  'x-prometheus-remote-write-version',
  'x-prometheus-scrape-timeout-seconds',
]);

/** The option block `http_headers`: by name, values from the configuration and from files. */
export const httpHeaders = z
  .record(
    headerName()
      .refine((name) => !RESERVED_HEADERS.has(name.toLowerCase()), {
        error: 'this header cannot be set in http_headers',
      })
      .register(schemaHints, { pattern: TOKEN }),
    z.strictObject({
      values: z
        .array(secret())
        .default([])
        .describe('Values to send. They are not shown either, for a key is soon put here.'),
      secrets: z.array(secret()).default([]).describe('Values to send and never to show.'),
      files: z.array(z.string()).default([]).describe('Files with values to send.'),
    }),
  )
  .default({});

function isHeaderName(name: string): boolean {
  try {
    validateHeaderName(name);
    return true;
  } catch {
    return false;
  }
}

/** Whether a value can be sent as a header: no line break and no NUL. */
export function isHeaderValue(value: string): boolean {
  return !/[\0\r\n]/.test(value);
}

/**
 * The values of a header of {@link httpHeaders}, as they go on the wire; files are read anew.
 *
 * @param option the block, for messages.
 * @throws {ProbeFailure} `not_found` or `permission` where a file is no good.
 */
export async function headerValues(
  name: string,
  { values, secrets, files }: z.output<typeof httpHeaders>[string],
  signal: AbortSignal,
  option = 'http_headers',
): Promise<readonly string[]> {
  const read = files.map((file) => readSecretFile(`${option}.${name}.files`, file, signal));
  const revealed = [...values, ...secrets].map((value) => value.reveal());
  const all = [...revealed, ...(await Promise.all(read))];
  return all.map(wire);
}

/** Node.js writes header values as latin1; this makes UTF-8 of them on the wire. */
export function wire(value: string): string {
  if (!isHeaderValue(value)) {
    throw new ProbeFailure('internal', 'a header value from a file has a line break');
  }
  return Buffer.from(value).toString('latin1');
}
