/** Keeps what was made for a key until there are too many; the oldest goes first. */
export class LimitedCache<K, V> {
  readonly #limit: number;
  readonly #values = new Map<K, V>();

  /** @param limit how many values are kept, at least 1. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** What is kept for the key, if anything. */
  find(key: K): V | undefined {
    return this.#values.get(key);
  }

  /** Keeps a value, in place of what was kept for the key: it is the newest now. */
  set(key: K, value: V): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size > this.#limit) this.#dropOldest();
  }

  /** What is kept for the key, made now where nothing is. What `make` throws is passed on, and nothing kept. */
  get(key: K, make: () => V): V {
    const kept = this.find(key);
    if (kept !== undefined) return kept;
    const made = make();
    this.set(key, made);
    return made;
  }

  #dropOldest(): void {
    const { value: oldest, done } = this.#values.keys().next();
    if (!done) this.#values.delete(oldest);
  }
}
