import { innerOf, partsOf, type Schema, unwrap } from './schema-parts.ts';

/** The name that every object has already. */
export const LOST_NAME = '__proto__';

/** Where a value has a name of its own choosing that the schema would pass over in silence, as paths. */
export function* lostNames(
  schema: Schema,
  value: unknown,
  path: readonly PropertyKey[] = [],
): Generator<readonly PropertyKey[]> {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  const parts = partsOf(unwrap(schema));
  if (parts.type === 'record' && Object.hasOwn(value, LOST_NAME)) yield [...path, LOST_NAME];
  for (const [key, of] of Object.entries(value)) {
    const inner = innerOf(parts, key);
    if (!inner || key === LOST_NAME) continue;
    yield* lostNames(inner, of, [...path, Array.isArray(value) ? Number(key) : key]);
  }
}
