/** Tells when all of some things are settled, to several who wait for different ones. */
export interface Settling<T> {
  readonly settle: (item: T) => void;
  /** Resolves when all of these are settled. */
  readonly all: (items: Iterable<T>) => Promise<void>;
}

interface Waiter<T> {
  readonly open: Set<T>;
  readonly resolve: () => void;
}

/** Nothing is settled yet. */
export function createSettling<T>(): Settling<T> {
  const settled = new Set<T>();
  const waiters = new Set<Waiter<T>>();
  return {
    settle: (item) => {
      settled.add(item);
      for (const waiter of waiters) {
        if (!waiter.open.delete(item) || waiter.open.size > 0) continue;
        waiters.delete(waiter);
        waiter.resolve();
      }
    },
    all: (items) => {
      const open = new Set([...items].filter((item) => !settled.has(item)));
      if (open.size === 0) return Promise.resolve();
      return new Promise((resolve) => waiters.add({ open, resolve }));
    },
  };
}
