import { inspect } from 'node:util';
import { boolCoreTag, floatCoreTag, intCoreTag, NOT_RESOLVED, nullCoreTag } from 'js-yaml';
import { MASK } from '../lib/secret.ts';

/** Variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$(?<escaped>\$?)\{(?<name>[A-Za-z_]\w*)\}/g;

interface Part {
  readonly text: string;
  /** Of the variable it came from; absent for what stands in the file. */
  readonly name: string | undefined;
}

/**
 * A text of the file in which `${NAME}` stands for a variable of the environment. It prints as it is written: what a
 * variable holds is shown nowhere.
 */
export class Expansion {
  readonly #template: string;
  readonly #parts: readonly Part[];
  #text: string | undefined;
  /** Whether it names a variable that nobody has set: what the value would be is not known. */
  readonly isUnknown: boolean;

  constructor(template: string, environment: Environment) {
    this.#template = template;
    this.#parts = partsOf(template, environment);
    this.isUnknown = this.#parts.some(
      ({ name }) => name !== undefined && variable(name, environment) === undefined,
    );
  }

  /** With the variables filled in. */
  text(): string {
    // Made once: a long value may be asked for by every check that aliases it.
    this.#text ??= this.#parts.map(({ text }) => text).join('');
    return this.#text;
  }

  /** What the variables hold, each by itself. */
  held(): string[] {
    return this.#parts.filter(({ name }) => name !== undefined).map(({ text }) => text);
  }

  /** The value as if it had been written in place of the variables, unquoted: a number, a boolean, nothing, or text. */
  scalar(): unknown {
    const text = this.text().trim();
    for (const tag of [nullCoreTag, boolCoreTag, intCoreTag, floatCoreTag]) {
      const value = tag.resolve(text, false, tag.tagName);
      if (value !== NOT_RESOLVED) return value;
    }
    return text;
  }

  /** With the variables filled in as far as the offset `end` of {@link text}; from there on without what they hold. */
  shownUpTo(end: number): string {
    let offset = 0;
    let shown = '';
    for (const { text, name } of this.#parts) {
      const room = Math.max(0, end - offset);
      offset += text.length;
      if (name === undefined || text.length <= room) shown += text;
      else if (room === 0) shown += `\${${name}}`;
      else shown += cutBehind(text, room);
    }
    return shown;
  }

  toString(): string {
    return this.#template;
  }

  [inspect.custom](): string {
    return this.#template;
  }
}

/** The path of a URL may be its secret; its first sign shows that there is one. */
function cutBehind(text: string, end: number): string {
  const rest = text.slice(end);
  return text.slice(0, end) + (rest === '/' ? rest : `${rest[0]}${MASK}`);
}

function partsOf(template: string, environment: Environment): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const reference of template.matchAll(REFERENCE)) {
    const { escaped, name = '' } = reference.groups ?? {};
    parts.push({ text: template.slice(end, reference.index), name: undefined });
    if (escaped) parts.push({ text: `\${${name}}`, name: undefined });
    else parts.push({ text: variable(name, environment) ?? '', name });
    end = reference.index + reference[0].length;
  }
  return [...parts, { text: template.slice(end), name: undefined }];
}

/** What a variable holds; `undefined` where nobody has set it. */
export function variable(name: string, environment: Environment): string | undefined {
  // Not by name alone: every object has a "constructor".
  return Object.hasOwn(environment, name) ? environment[name] : undefined;
}

/** The variables that a text names, and where in it. */
export function* referencesIn(text: string): Generator<{ name: string; index: number }> {
  for (const { groups, index } of text.matchAll(REFERENCE)) {
    if (!groups?.escaped) yield { name: groups?.name ?? '', index };
  }
}
