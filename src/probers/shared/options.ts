import { z } from 'zod';
import { BYTE_SIZE_PATTERN, formatByteSize, parseByteSize } from '../../lib/byte-size.ts';
import { DURATION_PATTERN, parseDuration, writeDuration } from '../../lib/duration.ts';
import { Secret } from '../../lib/secret.ts';
import { schemaHints } from './schema-hints.ts';

/**
 * For cross-checks that are to be made also where single values are wrong, so that all problems come at once. They
 * then see what could not be parsed as it was written.
 */
export const BESIDE_OTHER_PROBLEMS = {
  when: ({ value }: { value: unknown }) => typeof value === 'object' && value !== null,
};

// How a parsed value is written in the file again, by the schema of what stands there.
const writers = new WeakMap<z.ZodType, (value: never) => string>();

/** A parsed option as it is written in the file: durations and sizes with their unit, everything else as it is. */
export function writtenAs(schema: z.ZodType | undefined, value: unknown): unknown {
  if (!schema || value === undefined) return value;
  const write = writers.get(schema);
  if (write) return write(value as never);
  const { innerType, in: input } = schema.def as { innerType?: z.ZodType; in?: z.ZodType };
  return writtenAs(innerType ?? input, value);
}

const DURATION_EXPECTED = 'expected a duration such as "500ms", "5s" or "1m30s"';

/** A duration as Prometheus writes it. Output: seconds. */
export function duration() {
  const text = z.string({ error: DURATION_EXPECTED }).register(schemaHints, {
    $comment: 'duration',
    pattern: DURATION_PATTERN,
    patternErrorMessage: DURATION_EXPECTED,
    examples: ['500ms', '5s', '1m30s'],
  });
  writers.set(text, writeDuration);
  return text.transform((text, context) => {
    const seconds = parseDuration(text);
    if (seconds !== undefined) return seconds;
    context.addIssue({ code: 'custom', message: DURATION_EXPECTED, input: text });
    return z.NEVER;
  });
}

const SIZE_EXPECTED = 'expected a size such as "512KB" or "10MB"';

/** A size as blackbox_exporter writes it. Output: bytes. */
export function byteSize() {
  const text = z.string().register(schemaHints, {
    $comment: 'size',
    pattern: BYTE_SIZE_PATTERN,
    patternErrorMessage: SIZE_EXPECTED,
    examples: ['512KB', '10MB'],
  });
  const textOrZero = z.union([text, z.literal(0)], { error: SIZE_EXPECTED });
  writers.set(textOrZero, formatByteSize);
  return textOrZero.transform((value, context) => {
    const bytes = parseByteSize(String(value));
    if (bytes !== undefined) return bytes;
    context.addIssue({ code: 'custom', message: SIZE_EXPECTED, input: value });
    return z.NEVER;
  });
}

/** A percentage of something that can be full. Output: the same number, 0 to 100. */
export function percent() {
  return z.number().min(0).max(100);
}

// YAML 1.2 reads these as strings; files written for Go's YAML 1.1 reader mean booleans.
const YAML_1_1_BOOLEANS: Readonly<Record<string, boolean>> = {
  yes: true,
  on: true,
  no: false,
  off: false,
};

/** A boolean, also as `yes`, `no`, `on`, `off`. */
export function boolean() {
  return z.preprocess(
    (value) =>
      typeof value === 'string' ? (YAML_1_1_BOOLEANS[value.toLowerCase()] ?? value) : value,
    z.boolean(),
  );
}

/** Takes an empty text for another value, as Go does where it means that nothing is said. */
export function emptyAs<S extends z.ZodType>(meaning: z.input<S>, schema: S) {
  const tolerant = z.preprocess((value) => (value === '' ? meaning : value), schema);
  schemaHints.add(tolerant, { or: { const: '' } });
  return tolerant;
}

const secretSchemas = new WeakSet<z.core.$ZodType>();

/** Text that is never printed again. Output: a {@link Secret}. */
export function secret() {
  return hidden(z.string());
}

/** What a schema gives, never printed again. Output: a {@link Secret}. */
export function hidden<T, I>(schema: z.ZodType<T, I>) {
  return markedSecret(schema.transform((value) => new Secret(value)));
}

/** Says of a schema whose output is a {@link Secret} that it is one, for {@link isSecret}. */
export function markedSecret<S extends z.ZodType>(schema: S): S {
  secretSchemas.add(schema);
  return schema;
}

/** Whether what stands at a schema is never printed. */
export function isSecret(schema: z.core.$ZodType): boolean {
  // A description makes a copy of the schema it is given to.
  const { parent } = schema._zod;
  return secretSchemas.has(schema) || (parent !== undefined && isSecret(parent));
}
