import { createRequire } from 'node:module';

// Packages are found from here as from every other file of the program.
const requirePackage = createRequire(import.meta.url);

/**
 * A package that is loaded when it is first asked for, and not with the program: for one that takes milliseconds and
 * megabytes and that few need. What it returns is what `require` does, also of an ES module.
 *
 * @param name its type is `typeof import(name)`, which also says to the tests of the layers who imports it.
 */
export function lazyPackage<T>(name: string): () => T {
  return lazily(() => requirePackage(name));
}

/** Something that is made at the first call; all later ones return the same. Where making it throws, it is tried again. */
export function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
