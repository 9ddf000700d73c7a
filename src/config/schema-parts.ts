import type { z } from 'zod';

/** Any schema. */
export type Schema = z.core.$ZodType;

/** What a schema is made of, as far as it is made of others. */
export interface Parts {
  readonly type: string;
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly element?: Schema;
  readonly valueType?: Schema;
  readonly options?: readonly Schema[];
  readonly innerType?: Schema;
  readonly in?: Schema;
  readonly out?: Schema;
}

/** The parts of a schema. */
export function partsOf(schema: Schema): Parts {
  return schema._zod.def as Parts;
}

/** Through optional and default, and to what a transformed value is before; of what any value is made, to that. */
export function unwrap(schema: Schema): Schema {
  const { innerType, in: input, out } = partsOf(schema);
  const saysNothing = input && (partsOf(input).type === 'transform' || isAnyMapping(input));
  const inner = innerType ?? (saysNothing ? out : input);
  return inner ? unwrap(inner) : schema;
}

function isAnyMapping(schema: Schema): boolean {
  const { shape } = partsOf(schema);
  return shape !== undefined && Object.keys(shape).length === 0;
}

/** The schema of what has this key in a mapping or a list; nothing that all objects have counts. */
export function innerOf(
  { shape, element, valueType }: Parts,
  key: PropertyKey,
): Schema | undefined {
  const own = shape && Object.hasOwn(shape, key) ? shape[String(key)] : undefined;
  return own ?? element ?? valueType;
}
