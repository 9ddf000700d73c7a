import { inspect } from 'node:util';

/** What is shown of a secret. */
export const MASK = '<secret>';

/** A value that no log, error, page or dump shows: every way of printing it gives `<secret>`, or what may be shown of it. */
export class Secret<T = string> {
  readonly #value: T;
  readonly #shown: string;

  /** @param shown what stands in its place where it is printed: a URL without its password. */
  constructor(value: T, shown: string = MASK) {
    this.#value = value;
    this.#shown = shown;
  }

  /** The value itself, for the one place that puts it on the wire. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return this.#shown;
  }

  toJSON(): string {
    return this.#shown;
  }

  [inspect.custom](): string {
    return this.#shown;
  }
}
