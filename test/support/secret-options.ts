import type { z } from 'zod';
import { PROBERS } from '../../src/probers/index.ts';
import { isSecret } from '../../src/probers/shared/options.ts';

/** An option that takes text, anywhere in the options of a prober. */
export interface TextOption {
  readonly prober: string;
  /** Its place: `headers.{}`, `query_response.[].send`; braces for any key, brackets for any index. */
  readonly path: string;
  /** Whether what stands there is a secret after parsing. */
  readonly secret: boolean;
  /** Whether it takes one of a few words, or is checked by a pattern. */
  readonly schema: z.core.$ZodType;
}

interface Parts {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly out?: z.core.$ZodType;
}

/** Every option of every prober that takes text, found in the schemas themselves. */
export function textOptions(): TextOption[] {
  return PROBERS.flatMap(({ name, options }) =>
    [...walk(options, [])].map((found) => ({ prober: name, ...found })),
  );
}

type Found = Omit<TextOption, 'prober'>;

function* walk(schema: z.core.$ZodType, path: readonly string[], secret = false): Generator<Found> {
  const hidden = secret || isSecret(schema);
  const parts = schema._zod.def as unknown as Parts;
  const { type, shape, element, valueType, options = [], innerType, in: input, out } = parts;
  if (type === 'string') yield { path: path.join('.'), secret: hidden, schema };
  if (innerType) yield* walk(innerType, path, hidden);
  // Of what a function makes something of, the function's own side says nothing.
  const sides = [input, out].filter((side) => side && typeOf(side) !== 'transform');
  const [side] = sides.filter((one) => one && !isAnyMapping(one));
  if (side) yield* walk(side, path, hidden);
  const [text] = options.filter((option) => typeOf(option) === 'string');
  if (text) yield* walk(text, path, hidden);
  if (element) yield* walk(element, [...path, '[]'], hidden);
  if (valueType) yield* walk(valueType, [...path, '{}'], hidden);
  for (const [key, inner] of Object.entries(shape ?? {}))
    yield* walk(inner, [...path, key], hidden);
}

function typeOf(schema: z.core.$ZodType): string {
  return schema._zod.def.type;
}

function isAnyMapping(schema: z.core.$ZodType): boolean {
  const { shape } = schema._zod.def as unknown as Parts;
  return shape !== undefined && Object.keys(shape).length === 0;
}
