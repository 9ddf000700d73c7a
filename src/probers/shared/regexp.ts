import { RE2JS, RE2JSException } from 're2js';
import { cut } from '../../lib/cut.ts';
import { compiled } from './compiled.ts';

/** Far above any that was written to be read: compiling takes four hundred times the memory. */
const MAX_SOURCE = 64 * 1024;
const MAX_SHOWN = 200;

function shown(text: string): string {
  return cut(text, MAX_SHOWN);
}

/** A regular expression in Go's RE2 syntax. It matches bytes, as Go does: text that is no UTF-8 is no obstacle. */
export class Pattern {
  readonly source: string;
  readonly #regexp: RE2JS;

  /** @throws {Error} naming the pattern and what is wrong with it. */
  constructor(source: string) {
    this.source = source;
    try {
      if (source.length > MAX_SOURCE) throw new Error(`it is longer than ${MAX_SOURCE} characters`);
      this.#regexp = RE2JS.compile(source);
    } catch (error) {
      throw new Error(
        `"${shown(source)}" is no regular expression in RE2 syntax: ${shown(why(error))}`,
        { cause: error },
      );
    }
  }

  /** Whether it matches anywhere. Much cheaper than {@link match}. */
  test(bytes: Uint8Array): boolean {
    return this.#regexp.test(bytes);
  }

  match(bytes: Uint8Array): PatternMatch | undefined {
    const matcher = this.#regexp.matcher(bytes);
    if (!matcher.find()) return undefined;
    const groups: (Buffer | undefined)[] = [];
    for (let group = 0; group <= matcher.groupCount(); group++) {
      const start = matcher.start(group);
      groups.push(start < 0 ? undefined : Buffer.from(bytes.subarray(start, matcher.end(group))));
    }
    return { groups, names: this.#regexp.namedGroups() };
  }

  toString(): string {
    return this.source;
  }

  toJSON(): string {
    return this.source;
  }
}

/** What matched: group 0 is the whole match; a group that took no part is `undefined`. */
export interface PatternMatch {
  readonly groups: readonly (Buffer | undefined)[];
  readonly names: Readonly<Record<string, number>>;
}

/** An option holding a {@link Pattern}, compiled when the configuration is read. */
export function regexp() {
  return compiled('RE2 expression', (source) => new Pattern(source));
}

const REFERENCE = /\$(?:\$|\{(?<braced>\w+)\}|(?<bare>\w+))/g;

/**
 * Fills `$1`, `${1}`, `$name`, `${name}` and `$$` as Go's `Regexp.Expand` does: a bare name is as long as it can be,
 * an unknown one is empty, a `$` that starts nothing stays.
 */
export function expand(template: Uint8Array, { groups, names }: PatternMatch): Buffer {
  // latin1 maps every byte to one character and back, so that bytes survive the text functions.
  const filled = latin1(template).replace(REFERENCE, (reference, braced, bare) => {
    if (reference === '$$') return '$';
    const name: string = braced ?? bare;
    const group = groups[/^\d+$/.test(name) ? Number(name) : (names[name] ?? -1)];
    return group ? latin1(group) : '';
  });
  return Buffer.from(filled, 'latin1');
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function why(error: unknown): string {
  if (!(error instanceof RE2JSException))
    return error instanceof Error ? error.message : String(error);
  return error.message.replace(/^error parsing regexp: /, '');
}

/** Declared alike by every prober that matches expressions. */
export const regexpMetrics = {
  probe_failed_due_to_regex: { help: 'Whether a regular expression failed the probe: 1, or 0.' },
} as const;
