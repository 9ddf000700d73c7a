/**
 * Makes work that is never under way twice. Who asks while it is under way gets the next one, together with all others
 * who ask until that begins: it sees what was there when they asked.
 *
 * @param work must not reject.
 */
export function oneAfterAnother<T>(work: () => Promise<T>): () => Promise<T> {
  let current: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;
  return () => {
    next ??= current.then(() => {
      const begun = work();
      current = begun;
      next = undefined;
      return begun;
    });
    return next;
  };
}
