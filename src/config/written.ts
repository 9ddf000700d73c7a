import { Expansion } from './expansion.ts';

/** Where variables stand in a value, as {@link pathKey} of the place there, and how they are written. */
export function writtenIn(value: unknown): ReadonlyMap<string, string> {
  const written = new Map<string, string>();
  const visit = (inner: unknown, path: readonly PropertyKey[]) => {
    if (inner instanceof Expansion) written.set(pathKey(path), String(inner));
    else if (typeof inner === 'object' && inner !== null && !(inner instanceof Uint8Array)) {
      for (const [key, of] of Object.entries(inner)) visit(of, [...path, key]);
    }
  };
  visit(value, []);
  return written;
}

/** A path as one text. */
export function pathKey(path: readonly PropertyKey[]): string {
  return path.map(String).join('\0');
}
