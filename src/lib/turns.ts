/** For whom a call is made. */
export interface Asking {
  /** Fires when nobody wants the call any more: one that has not begun never does, one that has goes on. */
  readonly signal: AbortSignal;
  /** Expected to take long: such calls take three quarters of the places at most, so that others get by. */
  readonly isSlow?: boolean;
}

interface Waiting {
  readonly isSlow: boolean;
  readonly begin: () => void;
}

/** Lets so many calls be under way at once; the others wait, in the order they came. For calls nothing can cancel. */
export class Turns {
  #limit: number;
  #begun = 0;
  #slow = 0;
  readonly #queue = new Set<Waiting>();

  /** @param limit how many calls may be under way at once, at least 1. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Changes how many calls may be under way at once. Those that are go on. */
  resize(limit: number): void {
    this.#limit = limit;
  }

  /** Whether a call that comes now has to wait. */
  isFull(isSlow = false): boolean {
    const slowLimit = Math.max(1, Math.floor(this.#limit * 0.75));
    return this.#begun >= this.#limit || (isSlow && this.#slow >= slowLimit);
  }

  /**
   * Makes a call when it has its turn: before this returns where there is room.
   *
   * @throws what the call throws; the signal's reason where it fires before the call has begun.
   */
  async run<T>(call: () => Promise<T>, { signal, isSlow = false }: Asking): Promise<T> {
    if (this.isFull(isSlow)) await this.#turn(signal, isSlow);
    else this.#take(isSlow);
    try {
      return await call();
    } finally {
      this.#begun--;
      if (isSlow) this.#slow--;
      this.#beginNext();
    }
  }

  #take(isSlow: boolean): void {
    this.#begun++;
    if (isSlow) this.#slow++;
  }

  async #turn(signal: AbortSignal, isSlow: boolean): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting = { isSlow, begin: resolve };
    const leave = () => {
      this.#queue.delete(waiting);
      reject(signal.reason);
    };
    this.#queue.add(waiting);
    signal.addEventListener('abort', leave, { once: true });
    await promise;
    signal.removeEventListener('abort', leave);
  }

  /** Takes the place at once, or one who comes in this very moment would take it too. */
  #beginNext(): void {
    for (const waiting of this.#queue) {
      if (this.isFull(waiting.isSlow)) continue;
      this.#queue.delete(waiting);
      this.#take(waiting.isSlow);
      waiting.begin();
      return;
    }
  }
}
