import { z } from 'zod';
import type { Secret } from '../../lib/secret.ts';
import { HTTP1_HEADERS } from '../shared/http2.ts';
import { hidden } from '../shared/options.ts';
import { schemaHints } from '../shared/schema-hints.ts';

const metadataKey = z
  .string()
  .regex(/^[0-9A-Za-z_.-]+$/, 'expected a metadata key: letters, digits, "_", "-" and "."')
  .refine((key) => !HTTP1_HEADERS.has(key.toLowerCase()), {
    error: 'HTTP/2 forbids this header',
  });

const metadataValue = hidden(
  z
    .union([z.string(), z.number(), z.boolean(), z.instanceof(Uint8Array)], {
      error: 'expected text, or bytes as "!!binary"',
    })
    .transform(latin1)
    .register(schemaHints, { instead: { type: ['string', 'number', 'boolean'] } }),
);

/** The option block `metadata`: by key, values to send. The bytes of a value are the characters of its secret. */
export const grpcMetadata = z
  .record(metadataKey, z.array(metadataValue))
  .superRefine((metadata, context) => {
    for (const [key, values] of Object.entries(metadata)) {
      if (isBinary(key)) continue;
      const bad = values.findIndex((value) => !/^[\x20-\x7e]*$/.test(value.reveal()));
      if (bad === -1) continue;
      const message = 'expected printable ASCII; a key that ends in "-bin" takes any bytes';
      context.addIssue({ code: 'custom', path: [key, bad], message, input: values[bad] });
    }
  })
  .default({});

// What the call itself writes. grpc-go drops these too.
const RESERVED_KEY = /^(?:content-type|user-agent|te|grpc-.*)$/;

/** Metadata as it goes on the wire, keys in lower case. */
export interface WireMetadata {
  readonly headers: Readonly<Record<string, string[]>>;
  /** Keys that a user cannot set: they are not sent. */
  readonly ignored: readonly string[];
}

/** Makes headers of metadata. Values of `-bin` keys go in base64, without its padding. */
export function wireMetadata(metadata: z.output<typeof grpcMetadata>): WireMetadata {
  const headers: Record<string, string[]> = {};
  const ignored: string[] = [];
  for (const [name, values] of Object.entries(metadata)) {
    const key = name.toLowerCase();
    if (RESERVED_KEY.test(key)) ignored.push(key);
    else headers[key] = [...(headers[key] ?? []), ...values.map((value) => wireValue(key, value))];
  }
  return { headers, ignored };
}

function wireValue(key: string, value: Secret): string {
  const text = value.reveal();
  if (!isBinary(key)) return text;
  return Buffer.from(text, 'latin1').toString('base64').replace(/=+$/, '');
}

function isBinary(key: string): boolean {
  return key.toLowerCase().endsWith('-bin');
}

function latin1(value: string | number | boolean | Uint8Array): string {
  const bytes = value instanceof Uint8Array ? value : Buffer.from(String(value));
  return Buffer.from(bytes).toString('latin1');
}
