/** Ends what it was given, the last first. Node.js 22 has no `AsyncDisposableStack`; this is what tests use of it. */
class DisposableStackOfTests implements AsyncDisposableStack {
  readonly [Symbol.toStringTag] = 'AsyncDisposableStack';
  disposed = false;
  readonly #ends: (() => PromiseLike<void> | void)[] = [];

  use<T extends AsyncDisposable | Disposable | null | undefined>(value: T): T {
    if (value) this.defer(() => end(value));
    return value;
  }

  adopt<T>(value: T, onDisposeAsync: (value: T) => PromiseLike<void> | void): T {
    this.defer(() => onDisposeAsync(value));
    return value;
  }

  defer(onDisposeAsync: () => PromiseLike<void> | void): void {
    if (this.disposed) throw new ReferenceError('the stack has been disposed of');
    this.#ends.push(onDisposeAsync);
  }

  move(): AsyncDisposableStack {
    const moved = new DisposableStackOfTests();
    moved.#ends.push(...this.#ends.splice(0));
    this.disposed = true;
    return moved;
  }

  async disposeAsync(): Promise<void> {
    this.disposed = true;
    const failures: unknown[] = [];
    for (const end of this.#ends.splice(0).reverse()) {
      try {
        await end();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'could not dispose of everything');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.disposeAsync();
  }
}

function end(value: AsyncDisposable | Disposable): PromiseLike<void> | void {
  return Symbol.asyncDispose in value ? value[Symbol.asyncDispose]() : value[Symbol.dispose]();
}

globalThis.AsyncDisposableStack ??= DisposableStackOfTests;
